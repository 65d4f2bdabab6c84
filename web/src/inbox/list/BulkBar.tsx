import { Archive, Check, Clock3, Mail, MailOpen, RotateCcw, X } from 'lucide-react';
import type { Conversation } from '@/api/types';
import { useActions } from '@/app/actions';
import { words } from '@/words';
import type { Change } from '../state/changes';
import { isSnoozed } from '../state/filters';
import { SnoozeMenu } from '../thread/SnoozeMenu';
import { openSnooze } from '../thread/snooze';
import styles from './BulkBar.module.css';
import { changeMany } from './bulk';
import type { Selection } from './selection';

/** What can be done to all that are chosen; it stands where the list's head was. */
export function BulkBar({
  selection,
  chosen,
  onChange,
}: {
  selection: Selection;
  chosen: Conversation[];
  /** Something was done to all of them. */
  onChange: (change: Change) => void;
}) {
  const name = words.inbox.bulk;
  const isAllDone = chosen.every((one) => one.status !== 'open');
  const isAllRead = chosen.every((one) => one.is_read);
  const put = async (change: Change) => {
    onChange(change);
    if (await changeMany(chosen, change)) selection.clear();
  };
  const actions = [
    isAllDone
      ? { id: 'bulk:reopen', name: name.reopen, keys: 'e', icon: RotateCcw, run: () => put({ kind: 'reopen' }) }
      : { id: 'bulk:close', name: name.close, keys: 'e', icon: Check, run: () => put({ kind: 'close' }) },
    isAllRead
      ? { id: 'bulk:unread', name: name.unread, keys: 'u', icon: Mail, run: () => put({ kind: 'unread' }) }
      : { id: 'bulk:read', name: name.read, keys: 'u', icon: MailOpen, run: () => put({ kind: 'read' }) },
    { id: 'bulk:archive', name: name.archive, keys: '#', icon: Archive, run: () => put({ kind: 'archive' }) },
  ] as const;
  useActions([
    ...actions.map(({ id, name, keys, run }) => ({ id, name, keys, run: () => void run(), group: 'list' as const })),
    { id: 'bulk:snooze', name: name.snooze, group: 'list', keys: 's', run: openSnooze },
    { id: 'bulk:clear', name: name.clear, group: 'list', keys: 'Escape', isMove: true, run: selection.clear },
  ]);
  return (
    <header className={styles.bar} role="toolbar" aria-label={name.label}>
      <button type="button" aria-label={name.clear} title={name.clear} onClick={selection.clear}>
        <X size={16} aria-hidden />
      </button>
      <b aria-live="polite">{name.count(chosen.length)}</b>
      <span className={styles.tools}>
        {actions.map(({ id, name, icon: Icon, run }) => (
          <button key={id} type="button" aria-label={name} title={name} onClick={run}>
            <Icon size={17} aria-hidden />
          </button>
        ))}
        <SnoozeMenu
          isAsleep={chosen.some((one) => isSnoozed(one))}
          onSnooze={(until) => put({ kind: 'snooze', until })}
          onWake={() => put({ kind: 'wake' })}
        >
          <button type="button" data-snooze="many" aria-label={name.snooze} title={name.snooze}>
            <Clock3 size={17} aria-hidden />
          </button>
        </SnoozeMenu>
      </span>
    </header>
  );
}
