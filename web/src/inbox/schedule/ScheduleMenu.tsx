import { Menu } from '@mantine/core';
import { CalendarClock } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import type { Conversation } from '@/api/types';
import { soon } from '@/parts/dates';
import { words } from '@/words';
import { schedule } from './data';
import styles from './schedule.module.css';
import { hereZone, sendTimes, wallTime } from './times';

const TimeDialog = lazy(() => import('./TimeDialog'));
const say = words.scheduling;

/** Beside the send button: the same, later. */
export function ScheduleMenu({ conversation, isDisabled }: { conversation: Conversation; isDisabled: boolean }) {
  const [now, setNow] = useState(() => new Date());
  const [isChoosing, setChoosing] = useState(false);
  return (
    <>
      <Menu position="top-end" width={240} onOpen={() => setNow(new Date())}>
        <Menu.Target>
          <button type="button" className={styles.later} disabled={isDisabled} aria-label={say.later} title={say.later}>
            <CalendarClock size={17} strokeWidth={1.75} aria-hidden />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{say.later}</Menu.Label>
          {sendTimes(now).map(({ name, at }) => (
            <Menu.Item
              key={name}
              rightSection={<time className={styles.time}>{soon(at, now)}</time>}
              onClick={() =>
                schedule(conversation.id, conversation.channel, { scheduled_at: wallTime(at), time_zone: hereZone() })
              }
            >
              {name}
            </Menu.Item>
          ))}
          <Menu.Item onClick={() => setChoosing(true)}>{say.choose}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Suspense>
        {isChoosing && (
          <TimeDialog
            title={say.later}
            action={say.schedule}
            contact={conversation.contact_id}
            windowEndsAt={conversation.reply_window_ends_at}
            onChoose={(when) => schedule(conversation.id, conversation.channel, when)}
            onClose={() => setChoosing(false)}
          />
        )}
      </Suspense>
    </>
  );
}
