import '@mantine/core/styles/Drawer.layer.css';
import { Button, Drawer } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { RotateCcw } from 'lucide-react';
import { api, ask } from '@/api/client';
import type { Problem } from '@/api/problem';
import { newKey } from '@/api/secure';
import type { WebhookDelivery, WebhookEndpoint } from '@/api/types';
import { notify } from '@/app/notices';
import { useAddress } from '@/app/search';
import { layOut } from '@/journal/payload';
import { exactTime } from '@/parts/dates';
import { Loaded } from '@/parts/Loaded';
import { Standing } from '@/parts/Standing';
import { words } from '@/words';
import { webhookWords } from '@/words/webhooks';
import { deliveryTones, reloadEndpoint, useDelivery } from './data';
import styles from './webhooks.module.css';

const say = webhookWords.one;
const log = webhookWords.log;

/** One delivery: how it went, what came back, and what was sent, byte for byte. */
export function DeliveryDrawer({ endpoint, id }: { endpoint: WebhookEndpoint; id: string }) {
  const address = useAddress();
  const query = useDelivery(endpoint.id, id);
  const close = () => address.write('delivery', '');
  return (
    <Drawer
      opened
      onClose={close}
      position="right"
      size={560}
      lockScroll={false}
      overlayProps={{ backgroundOpacity: 0.4 }}
      classNames={{ title: styles.title }}
      title={query.data?.event_type ?? say.title}
      closeButtonProps={{ 'aria-label': words.close }}
      transitionProps={{ duration: 120 }}
    >
      <Loaded query={query} lines={6} onBack={close}>
        {(delivery) => <Inside endpoint={endpoint} delivery={delivery} />}
      </Loaded>
    </Drawer>
  );
}

function Inside({ endpoint, delivery }: { endpoint: WebhookEndpoint; delivery: WebhookDelivery }) {
  const replay = useMutation<unknown, Problem>({
    mutationFn: () =>
      ask(
        api.POST('/api/webhook-deliveries/{id}/replay', {
          params: { path: { id: delivery.id } },
          headers: { 'Idempotency-Key': newKey() },
        }),
      ) as Promise<unknown>,
    onSuccess: () => notify(say.sentAgain),
    onError: (problem) => notify(problem.message, { isBad: true }),
    onSettled: () => reloadEndpoint(endpoint.id),
  });
  const facts: [string, string | null][] = [
    [say.happened, delivery.created_at],
    [say.tried, delivery.attempted_at],
    [say.next, delivery.next_at],
  ];
  const { status_code: status, excerpt } = delivery;
  return (
    <div className={styles.delivery}>
      <div className={styles.head}>
        <div>
          <Standing tone={deliveryTones[delivery.status] ?? 'quiet'}>
            {log.states[delivery.status] ?? delivery.status}
          </Standing>
          {' · '}
          {log.tries(Number(delivery.attempts))}
          {delivery.took_ms !== null && ` · ${log.took(Number(delivery.took_ms))}`}
        </div>
        <Button
          variant="default"
          leftSection={<RotateCcw size={14} aria-hidden />}
          loading={replay.isPending}
          disabled={endpoint.status !== 'active'}
          onClick={() => replay.mutate()}
        >
          {say.again}
        </Button>
      </div>
      {delivery.error && <p className={styles.error}>{delivery.error}</p>}
      <dl className={styles.facts}>
        {facts.map(
          ([name, at]) =>
            at && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>
                  <time dateTime={at}>{exactTime(at)}</time>
                </dd>
              </div>
            ),
        )}
        <div>
          <dt>{say.id}</dt>
          <dd>
            <code>msg_{delivery.id.replaceAll('-', '')}</code>
          </dd>
        </div>
      </dl>
      <h3>{say.answer}</h3>
      {excerpt ? (
        <>
          {status !== null && <p>{say.status(Number(status))}</p>}
          <pre>{excerpt}</pre>
        </>
      ) : (
        <p>{status === null ? say.noAnswer : say.emptyAnswer(Number(status))}</p>
      )}
      <h3>{say.payload}</h3>
      <pre>{layOut(delivery.payload ?? '')}</pre>
    </div>
  );
}
