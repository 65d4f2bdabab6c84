import { Link } from '@tanstack/react-router';
import { ChevronLeft } from 'lucide-react';
import type { ReactNode } from 'react';
import { words } from '@/words';
import styles from './Page.module.css';

/** The head of a section: what it is, in a sentence, and what one may do first. */
export function Page({
  title,
  text,
  action,
  back,
  children,
}: {
  title: string;
  text?: ReactNode;
  action?: ReactNode;
  /** Where it came from; without it, the list of sections (on a phone). */
  back?: { to: string; name: string };
  children: ReactNode;
}) {
  return (
    <>
      <Link to={back?.to ?? '/settings'} className={styles.back} data-phone={back === undefined || undefined}>
        <ChevronLeft size={16} aria-hidden />
        {back?.name ?? words.screens.settings}
      </Link>
      <header className={styles.head}>
        <div>
          <h1>{title}</h1>
          {text && <p>{text}</p>}
        </div>
        {action && <div className={styles.action}>{action}</div>}
      </header>
      {children}
    </>
  );
}

/** A part of a page, under its own title. */
export function Part({ title, text, children }: { title: string; text?: string; children: ReactNode }) {
  return (
    <section className={styles.part} aria-label={title}>
      <h2>{title}</h2>
      {text && <p>{text}</p>}
      {children}
    </section>
  );
}

/** Lines in a frame. */
export function Lines({ children, label }: { children: ReactNode; label: string }) {
  return (
    <ul className={styles.lines} aria-label={label}>
      {children}
    </ul>
  );
}

export const frame = styles.lines;
