import { Button, Menu } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { Dialog } from '@/parts/Dialog';
import { soon } from '@/parts/dates';
import { words } from '@/words';
import { fromField, snoozeTimes, toField } from './snooze';
import styles from './ThreadHead.module.css';

/** The times one mostly means, and any other. */
export function SnoozeMenu({
  isAsleep,
  onSnooze,
  onWake,
  children,
}: {
  isAsleep: boolean;
  onSnooze: (until: Date) => void;
  onWake: () => void;
  /** The button that opens it. */
  children: ReactNode;
}) {
  const [now, setNow] = useState(() => new Date());
  const [isChoosing, setChoosing] = useState(false);
  return (
    <>
      <Menu position="bottom-end" width={240} onOpen={() => setNow(new Date())}>
        <Menu.Target>{children}</Menu.Target>
        <Menu.Dropdown>
          {isAsleep && <Menu.Item onClick={onWake}>{words.inbox.actions.wake}</Menu.Item>}
          {snoozeTimes(now).map(({ name, until }) => (
            <Menu.Item
              key={name}
              rightSection={<time className={styles.when}>{soon(until, now)}</time>}
              onClick={() => onSnooze(until)}
            >
              {name}
            </Menu.Item>
          ))}
          <Menu.Item onClick={() => setChoosing(true)}>{words.inbox.snooze.choose}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {isChoosing && (
        <TimeDialog
          onClose={() => setChoosing(false)}
          onChoose={(until) => {
            setChoosing(false);
            onSnooze(until);
          }}
        />
      )}
    </>
  );
}

function TimeDialog({ onChoose, onClose }: { onChoose: (until: Date) => void; onClose: () => void }) {
  const [text, setText] = useState(() => toField(snoozeTimes()[2]?.until ?? new Date()));
  const [isWrong, setWrong] = useState(false);
  return (
    <Dialog onClose={onClose} title={words.inbox.snooze.title} size={340}>
      <form
        className={styles.time}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          const until = fromField(text);
          if (until) onChoose(until);
          else setWrong(true);
        }}
      >
        <label>
          {words.inbox.snooze.until}
          <input
            type="datetime-local"
            data-autofocus
            min={toField(new Date())}
            aria-invalid={isWrong}
            value={text}
            onChange={(event) => {
              setText(event.currentTarget.value);
              setWrong(false);
            }}
          />
        </label>
        {isWrong && <p role="alert">{words.inbox.snooze.past}</p>}
        <Button type="submit">{words.inbox.snooze.submit}</Button>
      </form>
    </Dialog>
  );
}
