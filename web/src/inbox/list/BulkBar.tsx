import { Menu } from '@mantine/core';
import { Archive, Check, Clock3, Mail, MailOpen, RotateCcw, Tag, UserRoundPlus, X } from 'lucide-react';
import type { Conversation } from '@/api/types';
import { useActions } from '@/app/actions';
import { words } from '@/words';
import assignment from '../assignment/assignment.module.css';
import { People } from '../assignment/People';
import { LabelItems } from '../labels/LabelMenu';
import labels from '../labels/labels.module.css';
import { isSnoozed } from '../state/filters';
import { SnoozeMenu } from '../thread/SnoozeMenu';
import { openSnooze } from '../thread/snooze';
import styles from './BulkBar.module.css';
import { changeMany, type ManyChange } from './bulk';
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
  onChange: (change: ManyChange) => void;
}) {
  const name = words.inbox.bulk;
  const isAllDone = chosen.every((one) => one.status !== 'open');
  const isAllRead = chosen.every((one) => one.is_read);
  const borneByAll = (chosen[0]?.labels ?? []).filter((label) => chosen.every((one) => one.labels?.includes(label)));
  const put = async (change: ManyChange) => {
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
    <header className={styles.bar} role="toolbar" aria-label={name.bar}>
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
        <Menu position="bottom-end" width={260}>
          <Menu.Target>
            <button type="button" aria-label={name.assign} title={name.assign}>
              <UserRoundPlus size={17} aria-hidden />
            </button>
          </Menu.Target>
          <Menu.Dropdown className={assignment.list}>
            <People canRelease onGive={(to) => put(to ? { kind: 'assign', to } : { kind: 'unassign' })} />
          </Menu.Dropdown>
        </Menu>
        <Menu position="bottom-end" width={220}>
          <Menu.Target>
            <button type="button" aria-label={name.label} title={name.label}>
              <Tag size={17} aria-hidden />
            </button>
          </Menu.Target>
          <Menu.Dropdown className={labels.menu}>
            <LabelItems
              labels={borneByAll}
              onToggle={(label, has) => put({ kind: has ? 'unlabel' : 'label', label })}
            />
          </Menu.Dropdown>
        </Menu>
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
