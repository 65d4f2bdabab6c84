import { Menu } from '@mantine/core';
import { Check, ChevronDown } from 'lucide-react';
import type { ReactNode } from 'react';
import styles from './Choice.module.css';

/** A word of a sentence that can be another one: filters read as sentences. */
export function Choice({
  label,
  value,
  options,
  onChange,
}: {
  /** What is chosen, for those who do not see the sentence. */
  label: string;
  value: string;
  options: { value: string; name: string }[];
  onChange: (value: string) => void;
}) {
  const chosen = options.find((option) => option.value === value);
  return (
    <Menu position="bottom-start" shadow="md" withinPortal>
      <Menu.Target>
        <button type="button" className={styles.word} aria-label={`${label}: ${chosen?.name ?? value}`}>
          {chosen?.name ?? value}
          <ChevronDown size={14} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown className={styles.list}>
        {options.map((option) => (
          <Menu.Item
            key={option.value}
            rightSection={option.value === value && <Check size={14} aria-hidden />}
            aria-current={option.value === value || undefined}
            onClick={() => onChange(option.value)}
          >
            {option.name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** The sentence around the choices. */
export function Sentence({ children }: { children: ReactNode }) {
  return <div className={styles.sentence}>{children}</div>;
}
