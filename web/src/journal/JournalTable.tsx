import { Link, useSearch } from '@tanstack/react-router';
import type { Ref } from 'react';
import type { Integration, Webhook } from '@/api/types';
import { ChannelMark } from '@/parts/ChannelMark';
import { Standing } from '@/parts/Standing';
import { fileSize } from '@/parts/sizes';
import { More } from '@/settings/More';
import { journalWords as say } from '@/words/journal';
import { kindName, stateName, timeOf, tones } from './data';
import styles from './Journal.module.css';

/** The lines of the journal; a click anywhere on one opens it, and its link can be copied. */
export function JournalTable({
  webhooks,
  integrations,
  open,
  scroller,
  onOpen,
  query,
}: {
  webhooks: Webhook[];
  integrations?: Integration[];
  open?: string;
  scroller: Ref<HTMLDivElement>;
  onOpen: (id: string) => void;
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
}) {
  const search = useSearch({ strict: false });
  return (
    <div className={styles.scroll} ref={scroller}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{say.columns.at}</th>
            <th scope="col">{say.columns.state}</th>
            <th scope="col">{say.columns.kind}</th>
            <th scope="col" data-wide>
              {say.columns.account}
            </th>
            <th scope="col" data-wide>
              {say.columns.error}
            </th>
            <th scope="col" data-number data-wide>
              {say.columns.size}
            </th>
          </tr>
        </thead>
        <tbody>
          {webhooks.map((webhook) => {
            const integration = integrations?.find((one) => one.id === webhook.integration_id);
            return (
              // The link inside takes the keys.
              <tr key={webhook.id} aria-current={webhook.id === open || undefined} onClick={() => onOpen(webhook.id)}>
                <td>
                  <Link
                    to={`/journal/${webhook.id}`}
                    search={search as never}
                    onClick={(event) => event.stopPropagation()}
                  >
                    <time dateTime={webhook.created_at}>{timeOf(webhook.created_at)}</time>
                  </Link>
                </td>
                <td>
                  <Standing tone={tones[webhook.status] ?? 'quiet'}>{stateName(webhook.status)}</Standing>
                </td>
                <td>{kindName(webhook.kind)}</td>
                <td data-wide>
                  <span className={styles.account}>
                    {integration && <ChannelMark channel={integration.channel} />}
                    <span>{integration?.name ?? (integrations && say.goneAccount)}</span>
                  </span>
                </td>
                <td data-wide className={styles.error}>
                  {webhook.error}
                </td>
                <td data-number data-wide>
                  {fileSize(webhook.size)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <More query={query} />
      {!query.hasNextPage && <p className={styles.end}>{say.end}</p>}
    </div>
  );
}
