import { Button } from '@mantine/core';
import { useState } from 'react';
import { useCan } from '@/api/session';
import type { Integration, Sync } from '@/api/types';
import { notify } from '@/app/notices';
import { Ask } from '@/parts/Ask';
import { useNow } from '@/parts/dates';
import { Loaded } from '@/parts/Loaded';
import { Moment } from '@/parts/Moment';
import { Standing } from '@/parts/Standing';
import { settingsWords } from '@/words/settings';
import { Part } from '../Page';
import styles from './integrations.module.css';
import { about, progressOf, useStartSync, useSync } from './sync';

const say = settingsWords.sync;

/** What was said before, read from the provider: how it goes, how it went, and the ways to begin it. */
export function SyncPart({ integration }: { integration: Integration }) {
  const sync = useSync(integration.id);
  return (
    <Part title={say.title} text={say.text}>
      <Loaded query={sync} lines={2}>
        {(data) => <How sync={data} integration={integration} />}
      </Loaded>
    </Part>
  );
}

function How({ sync, integration }: { sync: Sync; integration: Integration }) {
  const mayStart = useCan('editor') && integration.status === 'active';
  const start = useStartSync(integration.id);
  const [isAsking, setAsking] = useState(false);
  const isBusy = sync.state === 'running' || sync.state === 'waiting';
  const begin = (full: boolean) => {
    setAsking(false);
    start.mutate({ full }, { onError: (problem) => notify(problem.message, { isBad: true }) });
  };
  return (
    <div className={styles.sync}>
      <div role="status">
        {sync.state === 'running' ? (
          <Running sync={sync} />
        ) : sync.state === 'waiting' ? (
          <p>{say.waiting}</p>
        ) : sync.state === 'never' ? (
          <p>{say.never}</p>
        ) : (
          <>
            <Standing tone={sync.state === 'failed' ? 'bad' : sync.chats_with_errors > 0 ? 'warn' : 'good'}>
              {sync.state === 'failed' ? say.failed : sync.chats_with_errors > 0 ? say.partly : say.done}
              {sync.finished_at && (
                <>
                  {' '}
                  <Moment at={sync.finished_at} />
                </>
              )}
            </Standing>
            <p>{sync.stopped_by ?? say.result(sync.chats_listed, sync.chats_to_sync, sync.messages_created)}</p>
          </>
        )}
      </div>
      {sync.errors.length > 0 && (
        <details className={styles.errors}>
          <summary>{say.errors(sync.chats_with_errors)}</summary>
          <ul>
            {sync.errors.map((error, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a chat may fail twice, and the list only grows
              <li key={index}>
                {error.words} {error.chat_id ? <code>{error.chat_id}</code> : say.listOfChats}
              </li>
            ))}
          </ul>
          {sync.chats_with_errors > sync.errors.length && (
            <p>{say.more(sync.chats_with_errors - sync.errors.length)}</p>
          )}
        </details>
      )}
      {mayStart && (
        <div className={styles.starts}>
          <Button variant="default" loading={start.isPending} disabled={isBusy} onClick={() => begin(false)}>
            {say.now}
          </Button>
          <Button variant="subtle" disabled={isBusy || start.isPending} onClick={() => setAsking(true)}>
            {say.all}
          </Button>
        </div>
      )}
      {isAsking && (
        <Ask
          title={say.askTitle}
          text={say.askText}
          action={say.all}
          onYes={() => begin(true)}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  );
}

function Running({ sync }: { sync: Sync }) {
  const { part, perSecond, secondsLeft } = progressOf(sync, useNow());
  return (
    <>
      <p>
        {part === undefined ? say.listing(sync.chats_listed) : say.running(sync.chats_done, sync.chats_to_sync)}
        {secondsLeft !== undefined && `, ${about(secondsLeft)}`}
      </p>
      <progress value={part} max={1} aria-label={say.title} />
      <p className={styles.when}>{say.counts(sync.messages_fetched, sync.messages_created, Math.round(perSecond))}</p>
    </>
  );
}
