import { Button } from '@mantine/core';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { CircleCheck, SearchX, Webhook as WebhookIcon } from 'lucide-react';
import { useRef } from 'react';
import { keys } from '@/api/keys';
import { queries } from '@/api/queries';
import { useCan } from '@/api/session';
import { useActions } from '@/app/actions';
import { useAddress } from '@/app/search';
import { useIntegrations } from '@/inbox/state/lists';
import { Choice, Sentence } from '@/parts/Choice';
import { Loaded } from '@/parts/Loaded';
import { Blank } from '@/parts/States';
import { words } from '@/words';
import { journalWords as say } from '@/words/journal';
import { useJournal, useNews } from './data';
import styles from './Journal.module.css';
import { JournalTable } from './JournalTable';
import { ReplayMany } from './ReplayMany';
import { WebhookPanel } from './WebhookPanel';

const TOP = 8;
const states = ['failed', 'unprocessed', 'processed'];

/** Everything providers delivered, the newest first; one of them opened beside the list. */
export default function JournalScreen() {
  const { webhookId: open } = useParams({ strict: false }) as { webhookId?: string };
  const search = useSearch({ strict: false });
  const navigate = useNavigate();
  const address = useAddress();
  const filter = {
    status: address.read('status'),
    integration: address.read('integration'),
    kind: address.read('kind'),
  };
  const integrations = useIntegrations();
  const mayReplay = useCan('editor');
  const query = useJournal(filter);
  const scroller = useRef<HTMLDivElement>(null);
  // Under somebody's eyes lines keep their places.
  const news = useNews(filter, query.data, () => open === undefined && (scroller.current?.scrollTop ?? 0) < TOP);

  const show = (id: string | undefined) =>
    navigate({ to: id ? `/journal/${id}` : '/journal', search: search as never });
  const at = query.data?.findIndex((webhook) => webhook.id === open) ?? -1;
  const step = (by: number) => {
    const next = query.data?.[open === undefined ? 0 : at + by];
    if (next && (open === undefined || at >= 0)) show(next.id);
  };
  useActions([
    {
      id: 'journal:next',
      name: say.one.older,
      group: 'list',
      keys: 'j',
      also: ['ArrowDown'],
      isMove: true,
      run: () => step(1),
    },
    {
      id: 'journal:previous',
      name: say.one.newer,
      group: 'list',
      keys: 'k',
      also: ['ArrowUp'],
      isMove: true,
      run: () => step(-1),
    },
    ...(open
      ? [
          {
            id: 'journal:close',
            name: say.one.close,
            group: 'list' as const,
            keys: 'Escape',
            isMove: true,
            run: () => show(undefined),
          },
        ]
      : []),
  ]);

  const isFiltered = filter.status !== '' || filter.integration !== '' || filter.kind !== '';
  return (
    <main className={styles.screen} data-open={open !== undefined || undefined}>
      <div className={styles.page}>
        <header className={styles.head}>
          <div>
            <h1>{words.screens.journal}</h1>
            <p>{say.text}</p>
          </div>
          <div className={styles.filters}>
            <Sentence>
              {say.sentence.show}
              <Choice
                label={say.sentence.state}
                value={filter.status}
                options={[
                  { value: '', name: say.sentence.anyState },
                  ...states.map((value) => ({ value, name: say.sentence.states[value] ?? value })),
                ]}
                onChange={(value) => address.write('status', value)}
              />
              {say.sentence.of}
              <Choice
                label={say.sentence.account}
                value={filter.integration}
                options={[
                  { value: '', name: say.sentence.everyAccount },
                  ...(integrations.data ?? []).map((one) => ({ value: one.id, name: one.name })),
                ]}
                onChange={(value) => address.write('integration', value)}
              />
              {say.sentence.about}
              <Choice
                label={say.columns.kind}
                value={filter.kind}
                options={[
                  { value: '', name: say.sentence.anything },
                  ...Object.entries(say.kinds).map(([value, name]) => ({ value, name: name.toLocaleLowerCase() })),
                ]}
                onChange={(value) => address.write('kind', value)}
              />
            </Sentence>
            {mayReplay && (query.data?.length ?? 0) > 0 && <ReplayMany filter={filter} />}
            <span role="status">
              {news && (
                <Button variant="light" onClick={() => queries.resetQueries({ queryKey: keys.journalList(filter) })}>
                  {say.news(news)}
                </Button>
              )}
            </span>
          </div>
        </header>
        <Loaded query={query} lines={8}>
          {(webhooks) =>
            webhooks.length > 0 ? (
              <JournalTable
                webhooks={webhooks}
                integrations={integrations.data}
                open={open}
                scroller={scroller}
                onOpen={show}
                query={query}
              />
            ) : filter.status === 'failed' ? (
              <Blank icon={CircleCheck} title={say.noneFailed} text={say.noneFailedText} />
            ) : isFiltered ? (
              <Blank icon={SearchX} title={say.noneFound} text={say.noneFoundText}>
                <Button variant="default" onClick={() => navigate({ to: '/journal' })}>
                  {say.all}
                </Button>
              </Blank>
            ) : (
              <Blank icon={WebhookIcon} title={say.none} text={say.noneText} />
            )
          }
        </Loaded>
      </div>
      {open && (
        <WebhookPanel
          key={open}
          id={open}
          integrations={integrations.data}
          onClose={() => show(undefined)}
          onNewer={at > 0 ? () => step(-1) : undefined}
          onOlder={at >= 0 && at < (query.data?.length ?? 0) - 1 ? () => step(1) : undefined}
        />
      )}
    </main>
  );
}
