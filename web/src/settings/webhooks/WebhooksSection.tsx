import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { ChevronRight, Plus, Webhook } from 'lucide-react';
import { useState } from 'react';
import type { WebhookEndpoint } from '@/api/types';
import { Loaded } from '@/parts/Loaded';
import { Moment } from '@/parts/Moment';
import { Standing } from '@/parts/Standing';
import { Blank } from '@/parts/States';
import { webhookWords as say } from '@/words/webhooks';
import { Lines, Page } from '../Page';
import rows from '../rows.module.css';
import { hearsOf, nameOf, standingOf, useEndpoints } from './data';
import { EditEndpoint } from './EditEndpoint';
import { EndpointPage } from './EndpointPage';

/** Programs that are told what happens; one of them, with what it was told. */
export default function WebhooksSection({ item }: { item?: string }) {
  return item ? <EndpointPage id={item} key={item} /> : <EndpointList />;
}

function EndpointList() {
  const query = useEndpoints();
  const [isAdding, setAdding] = useState(false);
  const add = (
    <Button leftSection={<Plus size={14} aria-hidden />} onClick={() => setAdding(true)}>
      {say.add}
    </Button>
  );
  return (
    <Page title={say.title} text={say.text} action={query.data && query.data.length > 0 && add}>
      <div className={rows.frame}>
        <Loaded query={query} lines={3}>
          {(all) =>
            all.length === 0 ? (
              <Blank icon={Webhook} title={say.none} text={say.noneText}>
                {add}
              </Blank>
            ) : (
              <Lines label={say.title}>
                {all.map((endpoint) => (
                  <EndpointLine key={endpoint.id} endpoint={endpoint} />
                ))}
              </Lines>
            )
          }
        </Loaded>
      </div>
      {isAdding && <EditEndpoint onClose={() => setAdding(false)} />}
    </Page>
  );
}

function EndpointLine({ endpoint }: { endpoint: WebhookEndpoint }) {
  const { tone, text } = standingOf(endpoint);
  return (
    <li>
      <Link to={`/settings/webhooks/${endpoint.id}`} className={rows.row}>
        <Webhook size={18} strokeWidth={1.6} aria-hidden />
        <span className={rows.main}>
          <b dir="auto">{nameOf(endpoint)}</b>
          <span>
            {endpoint.description && `${new URL(endpoint.url).host} · `}
            {hearsOf(endpoint)}
            {endpoint.waiting > 0 && ` · ${say.waiting(endpoint.waiting)}`}
            {endpoint.last_success_at && (
              <>
                {' '}
                · {say.lastSuccess} <Moment at={endpoint.last_success_at} />
              </>
            )}
          </span>
        </span>
        <Standing tone={tone}>{text}</Standing>
        <ChevronRight className={rows.into} size={16} aria-hidden />
      </Link>
    </li>
  );
}
