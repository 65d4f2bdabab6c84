import { Menu, useMantineColorScheme } from '@mantine/core';
import { Bell, BellOff, Check, Keyboard, LogOut, Monitor, Moon, Sun } from 'lucide-react';
import { useState } from 'react';
import { Problem } from '@/api/problem';
import { getReadyToLeave, signOut } from '@/api/session';
import type { Me } from '@/api/types';
import { Ask } from '@/parts/Ask';
import { Avatar } from '@/parts/Avatar';
import { words } from '@/words';
import { notify } from './notices';
import { useNotifications } from './notices/notifications';
import styles from './Shell.module.css';

const looks = [
  { value: 'auto', icon: Monitor },
  { value: 'light', icon: Sun },
  { value: 'dark', icon: Moon },
] as const;

/** Who I am here, how it looks, and the way out. */
export function UserMenu({ me, onKeys }: { me: Me; onKeys: () => void }) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const notifications = useNotifications();
  const [unsent, setUnsent] = useState(0);
  const leave = () => signOut().catch((failure) => notify(Problem.of(failure).message, { isBad: true }));
  const askToLeave = async () => {
    const slow = setTimeout(() => notify(words.session.leaving), 300);
    const left = await getReadyToLeave().finally(() => clearTimeout(slow));
    if (left > 0) setUnsent(left);
    else await leave();
  };
  const name = me.user?.name ?? words.shell.roles[me.role];
  return (
    <>
      <Menu position="right-end" width={240} shadow="md" withinPortal>
        <Menu.Target>
          <button type="button" className={styles.user}>
            <span className="hidden-words">{words.shell.account(name)}</span>
            <Avatar name={name} seed={me.user?.id ?? ''} size={32} />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <div className={styles.who}>
            <b>{name}</b>
            <span>
              {me.user?.email} · {words.shell.roles[me.role]}
            </span>
          </div>
          <Menu.Divider />
          <Menu.Label>{words.shell.theme}</Menu.Label>
          {looks.map(({ value, icon: Icon }) => (
            <Menu.Item
              key={value}
              leftSection={<Icon size={16} aria-hidden />}
              rightSection={colorScheme === value && <Check size={16} aria-hidden />}
              aria-current={colorScheme === value || undefined}
              closeMenuOnClick={false}
              onClick={() => setColorScheme(value)}
            >
              {words.shell.themes[value]}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item
            leftSection={
              notifications.state === 'on' ? <BellOff size={16} aria-hidden /> : <Bell size={16} aria-hidden />
            }
            disabled={notifications.state === 'denied'}
            onClick={notifications.toggle}
          >
            {notifications.state === 'denied'
              ? words.shell.notifyDenied
              : notifications.state === 'on'
                ? words.shell.notifyOff
                : words.shell.notify}
          </Menu.Item>
          <Menu.Item leftSection={<Keyboard size={16} aria-hidden />} onClick={onKeys}>
            {words.shell.keys}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item leftSection={<LogOut size={16} aria-hidden />} onClick={askToLeave}>
            {words.session.out}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {unsent > 0 && (
        <Ask
          title={words.session.unsent(unsent)}
          text={words.session.unsentText}
          action={words.session.outAnyway}
          onYes={leave}
          onClose={() => setUnsent(0)}
        />
      )}
    </>
  );
}
