import { Button } from '@mantine/core';
import { Link, useSearch } from '@tanstack/react-router';
import { RotateCcw, SearchX, Send } from 'lucide-react';
import { useState } from 'react';
import type { WebhookDelivery, WebhookEndpoint } from '@/api/types';
import { useAddress } from '@/app/search';
import { Choice, Sentence } from '@/parts/Choice';
import { Loaded } from '@/parts/Loaded';
import { Moment } from '@/parts/Moment';
import { Standing } from '@/parts/Standing';
import { Blank } from '@/parts/States';
import { webhookWords } from '@/words/webhooks';
import { More } from '../More';
import { Lines, Part } from '../Page';
import rows from '../rows.module.css';
import { deliveryTones, useDeliveries } from './data';
import { ReplayRange } from './ReplayRange';
import styles from './webhooks.module.css';

const say = webhookWords.log;

/** What an endpoint was told, the newest first. */
export function DeliveryLog({ endpoint }: { endpoint: WebhookEndpoint }) {
  const address = useAddress();
  const status = address.read('status');
  const query = useDeliveries(endpoint.id, status);
  const [isReplaying, setReplaying] = useState(false);
  return (
    <Part title={say.title} text={say.text}>
      <div className={styles.head}>
        <Sentence>
          {say.show}
          <Choice
            label={say.state}
            value={status}
            options={[
              { value: '', name: say.any },
              ...Object.entries(say.filters).map(([value, name]) => ({ value, name })),
            ]}
            onChange={(value) => address.write('status', value)}
          />
        </Sentence>
        <Button
          variant="default"
          leftSection={<RotateCcw size={14} aria-hidden />}
          disabled={endpoint.status !== 'active'}
          onClick={() => setReplaying(true)}
        >
          {say.again}
        </Button>
      </div>
      <div className={rows.frame}>
        <Loaded query={query} lines={4}>
          {(all) =>
            all.length === 0 ? (
              <Blank
                icon={status ? SearchX : Send}
                title={status ? say.noneFound : say.none}
                text={status ? say.noneFoundText : say.noneText}
              />
            ) : (
              <Lines label={say.title}>
                {all.map((delivery) => (
                  <DeliveryLine
                    key={delivery.id}
                    delivery={delivery}
                    isOpen={delivery.id === address.read('delivery')}
                  />
                ))}
              </Lines>
            )
          }
        </Loaded>
      </div>
      <More query={query} />
      {isReplaying && <ReplayRange endpoint={endpoint} onClose={() => setReplaying(false)} />}
    </Part>
  );
}

function DeliveryLine({ delivery, isOpen }: { delivery: WebhookDelivery; isOpen: boolean }) {
  const search = useSearch({ strict: false });
  const facts = [
    say.tries(Number(delivery.attempts)),
    delivery.took_ms !== null && say.took(Number(delivery.took_ms)),
    delivery.error,
  ].filter(Boolean);
  return (
    <li>
      <Link
        to={`/settings/webhooks/${delivery.endpoint_id}`}
        search={{ ...search, delivery: delivery.id } as never}
        replace
        className={rows.row}
        aria-current={isOpen || undefined}
      >
        <span className={rows.main}>
          <b>{delivery.event_type}</b>
          <span>{facts.join(' · ')}</span>
        </span>
        <Standing tone={deliveryTones[delivery.status] ?? 'quiet'}>
          {say.states[delivery.status] ?? delivery.status}
        </Standing>
        <Moment at={delivery.created_at} className={styles.time} />
      </Link>
    </li>
  );
}
