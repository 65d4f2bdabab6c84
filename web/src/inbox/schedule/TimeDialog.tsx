import { Button, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Contact } from '@/api/types';
import { Dialog } from '@/parts/Dialog';
import { words } from '@/words';
import type { When } from './data';
import styles from './schedule.module.css';
import { hereZone, sendTimes, wallTime } from './times';

const say = words.scheduling;

/** Chooses a time, and in which part of the world it is meant; for a message that is edited, also its words. */
export default function TimeDialog({
  title,
  action,
  contact,
  windowEndsAt,
  start,
  text,
  onChoose,
  onClose,
}: {
  title: string;
  action: string;
  contact: string;
  windowEndsAt?: string | null;
  /** The time so far, as the clocks show it in its zone. */
  start?: { local: string; zone: string };
  /** The words so far; without them only the time is asked for. */
  text?: string;
  /** False leaves the dialog open. */
  onChoose: (when: When, text: string | undefined) => Promise<boolean>;
  onClose: () => void;
}) {
  const here = hereZone();
  const [at, setAt] = useState(start?.local.slice(0, 16) ?? wallTime(sendTimes()[1]?.at ?? new Date()));
  const [zone, setZone] = useState(start?.zone ?? here);
  const [said, setSaid] = useState(text);
  const [isBusy, setBusy] = useState(false);
  const person = useQuery<Contact>({
    queryKey: keys.contact(contact),
    queryFn: () => ask(api.GET('/api/contacts/{id}', { params: { path: { id: contact } } })),
  });
  const settings = useQuery({
    queryKey: keys.schedulingSettings,
    queryFn: () => ask(api.GET('/api/scheduling-settings')),
  });
  const theirs = (person.data?.metadata as Record<string, unknown> | null | undefined)?.time_zone;
  const zones = new Map<string, string>();
  zones.set(here, say.mine(here));
  if (typeof theirs === 'string' && !zones.has(theirs)) zones.set(theirs, say.contacts(theirs));
  const tenants = settings.data?.time_zone;
  if (tenants && !zones.has(tenants)) zones.set(tenants, say.tenants(tenants));
  if (start && !zones.has(start.zone)) zones.set(start.zone, say.kept(start.zone));
  const isAfterWindow = windowEndsAt && zone === here && new Date(at).getTime() > Date.parse(windowEndsAt);

  return (
    <Dialog onClose={onClose} title={title} size={420}>
      <form
        className={styles.form}
        onSubmit={async (event) => {
          event.preventDefault();
          setBusy(true);
          const isDone = await onChoose({ scheduled_at: at, time_zone: zone }, said);
          setBusy(false);
          if (isDone) onClose();
        }}
      >
        {said !== undefined && (
          <Textarea
            label={say.words}
            required
            withAsterisk={false}
            rows={4}
            dir="auto"
            value={said}
            onChange={(event) => setSaid(event.currentTarget.value)}
          />
        )}
        <TextInput
          type="datetime-local"
          label={say.when}
          required
          withAsterisk={false}
          data-autofocus
          value={at}
          onChange={(event) => setAt(event.currentTarget.value)}
        />
        <NativeSelect
          label={say.zone}
          value={zone}
          data={[...zones].map(([value, label]) => ({ value, label }))}
          onChange={(event) => setZone(event.currentTarget.value)}
        />
        {isAfterWindow && <p className={styles.warning}>{say.afterWindow}</p>}
        <div className={styles.buttons}>
          <Button variant="default" onClick={onClose}>
            {words.cancel}
          </Button>
          <Button type="submit" loading={isBusy}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
