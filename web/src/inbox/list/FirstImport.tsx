import { useEffect, useState } from 'react';
import { live } from '@/api/live';
import { useSync } from '@/settings/integrations/sync';
import { words } from '@/words';
import { useIntegrations } from '../state/lists';
import styles from './FirstImport.module.css';

/** So many chats at once are somebody's whole history, and not what is new since ten minutes ago. */
const MANY = 20;

/** While a whole history is being read: how far it is. Nothing is asked for before the stream has told of a run. */
export function FirstImport() {
  const [told, setTold] = useState<string[]>([]);
  useEffect(
    () =>
      live.subscribe((event) => {
        if (event === 'reset' || event.type !== 'sync.updated' || !event.integration_id) return;
        const id = event.integration_id;
        setTold((before) => (before.includes(id) ? before : [...before, id]));
      }),
    [],
  );
  return told.map((id) => <Line key={id} id={id} />);
}

function Line({ id }: { id: string }) {
  const { data: sync } = useSync(id);
  const { data: integrations } = useIntegrations();
  const name = integrations?.find((one) => one.id === id)?.name;
  if (!name || sync?.state !== 'running' || sync.chats_to_sync < MANY) return null;
  return (
    <p className={styles.line} role="status">
      {words.inbox.importing(name, sync.chats_done, sync.chats_to_sync)}
      <progress value={sync.chats_done} max={sync.chats_to_sync} aria-hidden />
    </p>
  );
}
