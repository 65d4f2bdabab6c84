import { Button } from '@mantine/core';
import { CloudOff, type LucideIcon, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Problem } from '@/api/problem';
import { words } from '@/words';
import styles from './States.module.css';

/** Nothing to show here, and why. */
export function Blank({
  icon: Icon,
  title,
  text,
  children,
}: {
  icon: LucideIcon;
  title: string;
  text?: string;
  children?: ReactNode;
}) {
  return (
    <div className={styles.blank}>
      <Icon size={22} strokeWidth={1.6} aria-hidden />
      <h2>{title}</h2>
      {text && <p>{text}</p>}
      {children}
    </div>
  );
}

/** It could not be loaded: what happened, and the way to go on. */
export function Failed({ problem, onAgain }: { problem: Problem; onAgain: () => void }) {
  return (
    <Blank icon={problem.status === 0 ? CloudOff : TriangleAlert} title={problem.title} text={problem.message}>
      <Button variant="default" size="sm" onClick={onAgain}>
        {words.again}
      </Button>
    </Blank>
  );
}
