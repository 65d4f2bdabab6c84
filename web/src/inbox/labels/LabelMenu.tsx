import { ActionIcon, Menu } from '@mantine/core';
import { Check, Tag } from 'lucide-react';
import type { Conversation } from '@/api/types';
import { words } from '@/words';
import { toggleLabel, useLabels } from './data';
import styles from './labels.module.css';

/** The labels of a conversation, to see and to choose. */
export function LabelMenu({ conversation, canWrite }: { conversation: Conversation; canWrite: boolean }) {
  const { data } = useLabels();
  const borne = (data ?? []).filter((label) => conversation.labels?.includes(label.id));
  return (
    <>
      {borne.map((label) => (
        <span key={label.id} className={styles.chip} data-colour={label.colour}>
          {label.name}
        </span>
      ))}
      {canWrite && (
        <Menu position="bottom-end" width={220} closeOnItemClick={false}>
          <Menu.Target>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="var(--hit)"
              aria-label={words.labels.choose}
              title={words.labels.choose}
            >
              <Tag size={16} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown className={styles.menu}>
            {data?.length === 0 && <Menu.Label>{words.labels.noneToChoose}</Menu.Label>}
            {data?.map((label) => {
              const has = conversation.labels?.includes(label.id) ?? false;
              return (
                <Menu.Item
                  key={label.id}
                  role="menuitemcheckbox"
                  aria-checked={has}
                  leftSection={<i className={styles.dot} data-colour={label.colour} />}
                  rightSection={has && <Check size={14} aria-hidden />}
                  onClick={() => toggleLabel(conversation, label.id)}
                >
                  {label.name}
                </Menu.Item>
              );
            })}
          </Menu.Dropdown>
        </Menu>
      )}
    </>
  );
}
