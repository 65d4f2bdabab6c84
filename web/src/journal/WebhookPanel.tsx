import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { ArrowDown, ArrowUp, Link2, RotateCcw, X } from 'lucide-react';
import { useEffect, useMemo, useRef } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Problem } from '@/api/problem';
import { queries } from '@/api/queries';
import { useCan } from '@/api/session';
import type { Integration, Webhook } from '@/api/types';
import { useActions } from '@/app/actions';
import { notify } from '@/app/notices';
import { copyText } from '@/parts/Copy';
import { Loaded } from '@/parts/Loaded';
import { Standing } from '@/parts/Standing';
import { fileSize } from '@/parts/sizes';
import { journalWords } from '@/words/journal';
import { exactTime, kindName, putIntoLists, stateName, tones, useWebhook, type WholeWebhook } from './data';
import { bytesOf, MOST_SHOWN, readable } from './payload';
import styles from './WebhookPanel.module.css';

const say = journalWords.one;

/** One webhook, with what came, and the way to apply it again. */
export function WebhookPanel({
  id,
  integrations,
  onClose,
  onNewer,
  onOlder,
}: {
  id: string;
  integrations?: Integration[];
  onClose: () => void;
  onNewer?: () => void;
  onOlder?: () => void;
}) {
  const query = useWebhook(id);
  const panel = useRef<HTMLElement>(null);
  useEffect(() => panel.current?.focus({ preventScroll: true }), []);
  const integration = integrations?.find((one) => one.id === query.data?.integration_id);
  return (
    <aside className={styles.panel} aria-label={say.title} ref={panel} tabIndex={-1}>
      <header className={styles.head}>
        <h2>
          {query.data ? kindName(query.data.kind) : say.title}
          {integration && <span>{integration.name}</span>}
        </h2>
        <Tool name={say.newer} icon={ArrowUp} onClick={onNewer} />
        <Tool name={say.older} icon={ArrowDown} onClick={onOlder} />
        <Tool
          name={say.link}
          icon={Link2}
          onClick={async () => (await copyText(location.href)) && notify(say.linkCopied)}
        />
        <Tool name={say.close} icon={X} onClick={onClose} />
      </header>
      <div className={styles.body}>
        <Loaded query={query} lines={6} onBack={onClose}>
          {(webhook) => <Inside webhook={webhook} />}
        </Loaded>
      </div>
    </aside>
  );
}

function Tool({ name, icon: Icon, onClick }: { name: string; icon: typeof X; onClick?: () => void }) {
  return (
    <Tooltip label={name}>
      <ActionIcon variant="subtle" color="gray" size={32} aria-label={name} disabled={!onClick} onClick={onClick}>
        <Icon size={16} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}

function Inside({ webhook }: { webhook: WholeWebhook }) {
  const mayReplay = useCan('editor');
  const replay = useMutation<Webhook, Problem>({
    mutationFn: () =>
      ask(api.POST('/api/webhook-events/{id}/replay', { params: { path: { id: webhook.id } } })) as Promise<Webhook>,
    onSuccess: (changed) => {
      queries.setQueryData<WholeWebhook>(keys.webhook(webhook.id), (before) => before && { ...before, ...changed });
      putIntoLists(changed);
    },
  });
  useActions(
    mayReplay ? [{ id: 'journal:replay', name: say.replay, group: 'list', keys: 'r', run: () => replay.mutate() }] : [],
  );
  const { text, isJson } = useMemo(() => readable(webhook.body), [webhook.body]);
  const isFailed = webhook.status === 'failed';
  return (
    <>
      <section className={styles.outcome} data-bad={isFailed || undefined} role="status">
        <div>
          {isFailed ? (
            <>
              <Standing tone="bad">{replay.data?.status === 'failed' ? say.replayFailed : say.failed}</Standing>
              <p>{webhook.error}</p>
            </>
          ) : (
            <>
              <Standing tone={tones[webhook.status] ?? 'quiet'}>
                {replay.data ? say.replayed : webhook.status === 'processed' ? say.applied : stateName(webhook.status)}
              </Standing>
              <p>
                {webhook.processed_at
                  ? `${exactTime(webhook.processed_at)}, ${say.attempts(webhook.attempts)}`
                  : say.waitingText}
              </p>
            </>
          )}
          {replay.error && <p className={styles.problem}>{replay.error.message}</p>}
        </div>
        {mayReplay && (
          <Tooltip label={say.replayText}>
            <Button
              variant="default"
              leftSection={<RotateCcw size={14} aria-hidden />}
              loading={replay.isPending}
              onClick={() => replay.mutate()}
            >
              {say.replay}
            </Button>
          </Tooltip>
        )}
      </section>
      <dl className={styles.facts}>
        <dt>{journalWords.columns.at}</dt>
        <dd>
          <time dateTime={webhook.created_at}>{exactTime(webhook.created_at)}</time>
        </dd>
        <dt>{say.size}</dt>
        <dd>{fileSize(webhook.size)}</dd>
        <dt>{say.id}</dt>
        <dd>
          <code>{webhook.id}</code>
        </dd>
      </dl>
      <div className={styles.title}>
        <h3>{say.payload}</h3>
        <Button variant="subtle" onClick={() => download(webhook)}>
          {say.whole}
        </Button>
      </div>
      {!isJson && <p className={styles.note}>{say.notJson}</p>}
      <pre className={styles.payload}>{text.slice(0, MOST_SHOWN)}</pre>
      {text.length > MOST_SHOWN && (
        <p className={styles.note}>{say.cut(fileSize(MOST_SHOWN), fileSize(webhook.size))}</p>
      )}
    </>
  );
}

function download(webhook: WholeWebhook): void {
  const url = URL.createObjectURL(new Blob([bytesOf(webhook.body)], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `webhook-${webhook.id}.json`;
  link.click();
  URL.revokeObjectURL(url);
}
