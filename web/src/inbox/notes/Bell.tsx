import { Menu } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { Bell as BellIcon } from 'lucide-react';
import type { Notification } from '@/api/types';
import { Moment } from '@/parts/Moment';
import { words } from '@/words';
import { placeOf, plain, readNotifications, titleOf, useNotifications } from './data';
import styles from './notes.module.css';

const say = words.notes;

/** Where colleagues named me, and what an admin has to see to. */
export function Bell({ className }: { className: string | undefined }) {
  const navigate = useNavigate();
  const { data } = useNotifications();
  const isPhone = useMediaQuery('(max-width: 640px)'); // the rail lies at the bottom
  const unread = data?.filter((one) => one.read_at === null).length ?? 0;
  const show = (one: Notification) => {
    const to = placeOf(one);
    if (to) void navigate({ to });
  };
  return (
    <Menu
      position={isPhone ? 'top-end' : 'right-end'}
      width={320}
      classNames={{ itemLabel: styles.named }}
      onOpen={() => unread > 0 && void readNotifications()}
    >
      <Menu.Target>
        <button type="button" className={className} aria-label={say.bell(unread)} title={say.bell(unread)}>
          <span className={styles.bell}>
            <BellIcon size={19} strokeWidth={1.75} aria-hidden />
            {unread > 0 && <i>{unread > 9 ? '9+' : unread}</i>}
          </span>
        </button>
      </Menu.Target>
      <Menu.Dropdown className={styles.people}>
        {data?.length === 0 && <p className={styles.none}>{say.noneNamed}</p>}
        {data?.map((one) => (
          <Menu.Item key={one.id} onClick={() => show(one)}>
            <b>{titleOf(one)}</b>
            <span className={styles.preview}>{plain(one.preview)}</span>
            <Moment at={one.created_at} className={styles.when} />
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
