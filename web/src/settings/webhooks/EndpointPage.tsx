import { Link } from '@tanstack/react-router';
import { SearchX } from 'lucide-react';
import type { WebhookEndpoint } from '@/api/types';
import { useAddress } from '@/app/search';
import { CopyButton } from '@/parts/Copy';
import { exactTime } from '@/parts/dates';
import { Loaded } from '@/parts/Loaded';
import { Moment } from '@/parts/Moment';
import { Standing } from '@/parts/Standing';
import { Blank } from '@/parts/States';
import { words } from '@/words';
import { webhookWords as say } from '@/words/webhooks';
import { forms } from '../forms';
import { Page, Part } from '../Page';
import { DeliveryDrawer } from './DeliveryDrawer';
import { DeliveryLog } from './DeliveryLog';
import { nameOf, standingOf, useEndpoints, useEventTypes } from './data';
import { EndpointActions } from './EndpointActions';
import styles from './webhooks.module.css';

/** One endpoint: how it stands, what can be done, and what it was told. */
export function EndpointPage({ id }: { id: string }) {
  const query = useEndpoints();
  return (
    <Loaded query={query} lines={5}>
      {(all) => {
        const endpoint = all.find((one) => one.id === id);
        return endpoint ? (
          <Inside endpoint={endpoint} />
        ) : (
          <Blank icon={SearchX} title={words.problems.missing} text={say.gone}>
            <Link to="/settings/webhooks">{words.problems.toList}</Link>
          </Blank>
        );
      }}
    </Loaded>
  );
}

function Inside({ endpoint }: { endpoint: WebhookEndpoint }) {
  const delivery = useAddress().read('delivery');
  return (
    <Page
      title={nameOf(endpoint)}
      back={{ to: '/settings/webhooks', name: say.title }}
      action={<EndpointActions endpoint={endpoint} />}
    >
      <Notice endpoint={endpoint} />
      <Part title={say.facts.title}>
        <Facts endpoint={endpoint} />
      </Part>
      <DeliveryLog endpoint={endpoint} />
      {delivery && <DeliveryDrawer endpoint={endpoint} id={delivery} key={delivery} />}
    </Page>
  );
}

function Notice({ endpoint }: { endpoint: WebhookEndpoint }) {
  const isOff = endpoint.status !== 'active';
  if (!isOff && !endpoint.failing_since) return null;
  return (
    <div className={styles.notice} data-tone={isOff && endpoint.disabled_reason ? 'bad' : 'warn'} role="status">
      <b>{isOff ? say.notice.off : say.notice.failing}</b>
      <p>{isOff ? (endpoint.disabled_reason ?? say.notice.byPerson) : endpoint.last_error}</p>
      {!isOff && (
        <p>
          {say.notice.since} <Moment at={endpoint.failing_since as string} />
          {endpoint.blocked_until && (
            <>
              , {say.notice.next} <Moment at={endpoint.blocked_until} />
            </>
          )}
          . {say.notice.lost}
        </p>
      )}
    </div>
  );
}

function Facts({ endpoint }: { endpoint: WebhookEndpoint }) {
  const { data: types } = useEventTypes();
  const { tone, text } = standingOf(endpoint);
  return (
    <dl className={forms.facts}>
      <dt>{say.facts.address}</dt>
      <dd className={styles.address}>
        <code>{endpoint.url}</code>
        <CopyButton text={endpoint.url} label={say.facts.address} />
      </dd>
      <dt>{say.facts.hears}</dt>
      <dd>
        {endpoint.event_types.length === 0
          ? say.everything
          : endpoint.event_types.map((type) => (
              <span key={type} className={styles.type} title={type}>
                {types?.find((one) => one.type === type)?.description ?? type}
              </span>
            ))}
      </dd>
      <dt>{say.log.state}</dt>
      <dd>
        <Standing tone={tone}>{text}</Standing>
        {endpoint.waiting > 0 && ` · ${say.waiting(endpoint.waiting)}`}
      </dd>
      {endpoint.previous_secret_until && (
        <>
          <dt>{say.facts.previous}</dt>
          <dd>
            {say.facts.previousText} {exactTime(endpoint.previous_secret_until)}
          </dd>
        </>
      )}
    </dl>
  );
}
