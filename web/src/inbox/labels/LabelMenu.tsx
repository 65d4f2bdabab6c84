import { ActionIcon, Menu } from '@mantine/core';
import { Tag } from 'lucide-react';
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
            <LabelItems labels={labels} onToggle={onToggle} />
          </Menu.Dropdown>
        </Menu>
      )}
    </>
  );
}

/** Every label there is, with those marked that are borne, as the items of a menu. */
export function LabelItems({
  labels,
  onToggle,
}: {
  labels: readonly string[];
  onToggle: (label: string, has: boolean) => void;
}) {
  const { data } = useLabels();
  if (data?.length === 0) return <Menu.Label>{words.labels.noneToChoose}</Menu.Label>;
  return data?.map((label) => {
    const has = labels.includes(label.id);
    return (
      <Menu.CheckboxItem key={label.id} checked={has} onChange={() => onToggle(label.id, has)}>
        <span className={styles.named}>
          <i className={styles.dot} data-colour={label.colour} />
          {label.name}
        </span>
      </Menu.CheckboxItem>
    );
  });
}
