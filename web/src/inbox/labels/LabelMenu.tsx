import { ActionIcon, Menu } from '@mantine/core';
import { Check, Tag } from 'lucide-react';
import { words } from '@/words';
import { useLabels } from './data';
import styles from './labels.module.css';

/** The labels of a conversation or a contact, to see and to choose. */
export function LabelMenu({
  name,
  labels,
  canWrite,
  onToggle,
}: {
  /** Whose labels they are, as the button is called. */
  name: string;
  /** The ids of those that it bears. */
  labels: readonly string[];
  canWrite: boolean;
  onToggle: (label: string) => void;
}) {
  const { data } = useLabels();
  const borne = (data ?? []).filter((label) => labels.includes(label.id));
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
            <ActionIcon variant="subtle" color="gray" size="var(--hit)" aria-label={name} title={name}>
              <Tag size={16} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown className={styles.menu}>
            {data?.length === 0 && <Menu.Label>{words.labels.noneToChoose}</Menu.Label>}
            {data?.map((label) => {
              const has = labels.includes(label.id);
              return (
                <Menu.Item
                  key={label.id}
                  role="menuitemcheckbox"
                  aria-checked={has}
                  leftSection={<i className={styles.dot} data-colour={label.colour} />}
                  rightSection={has && <Check size={14} aria-hidden />}
                  onClick={() => onToggle(label.id)}
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
