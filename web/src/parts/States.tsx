import { Button } from '@mantine/core';
import { CloudOff, type LucideIcon, SearchX, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Problem } from '@/api/problem';
import { words } from '@/words';
import styles from './States.module.css';

/** Nothing to show here, and why. */
export function Blank({
  icon: Icon,
  title,
  text,
  isPage = false,
  children,
}: {
  icon: LucideIcon;
  title: string;
  text?: string;
  /** True when there is nothing else on the page. */
  isPage?: boolean;
  children?: ReactNode;
}) {
  const Frame = isPage ? 'main' : 'div';
  const Title = isPage ? 'h1' : 'h2';
  return (
    <Frame className={styles.blank}>
      <Icon size={22} strokeWidth={1.6} aria-hidden />
      <Title>{title}</Title>
      {text && <p>{text}</p>}
      {children}
    </Frame>
  );
}

/** There was such a thing, or never: the way back, since trying again finds nothing either. */
export function Missing({ problem, onBack }: { problem: Problem; onBack: () => void }) {
  return (
    <Blank icon={SearchX} title={words.problems.missing} text={problem.message}>
      <Button variant="default" size="sm" onClick={onBack}>
        {words.problems.toList}
      </Button>
    </Blank>
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
