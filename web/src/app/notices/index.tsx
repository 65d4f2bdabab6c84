import { useEffect, useSyncExternalStore } from 'react';
import { words } from '@/words';
import styles from './notices.module.css';

interface Notice {
  id: number;
  text: string;
  isBad: boolean;
  action?: { name: string; run: () => void };
}

const SHOWN_FOR = 5000;
let notices: Notice[] = [];
let last = 0;
const listeners = new Set<() => void>();

function change(next: Notice[]): void {
  notices = next;
  for (const listener of listeners) listener();
}

/** Says what happened, for a few seconds. */
export function notify(
  text: string,
  { isBad = false, action }: { isBad?: boolean; action?: Notice['action'] } = {},
): void {
  last += 1;
  change([...notices.slice(-2), { id: last, text, isBad, action }]);
}

const dismiss = (id: number) => change(notices.filter((notice) => notice.id !== id));

/** Where they appear; screen readers are told politely. */
export function Notices() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => notices,
  );
  return (
    <div className={styles.stack} role="status" aria-live="polite">
      {shown.map((notice) => (
        <NoticeLine key={notice.id} notice={notice} />
      ))}
    </div>
  );
}

function NoticeLine({ notice }: { notice: Notice }) {
  useEffect(() => {
    const timer = setTimeout(() => dismiss(notice.id), notice.isBad ? SHOWN_FOR * 2 : SHOWN_FOR);
    return () => clearTimeout(timer);
  }, [notice]);
  return (
    <div className={styles.notice} data-bad={notice.isBad || undefined}>
      <span>{notice.text}</span>
      {notice.action && (
        <button
          type="button"
          onClick={() => {
            notice.action?.run();
            dismiss(notice.id);
          }}
        >
          {notice.action.name}
        </button>
      )}
      <button type="button" aria-label={words.close} onClick={() => dismiss(notice.id)}>
        ×
      </button>
    </div>
  );
}
