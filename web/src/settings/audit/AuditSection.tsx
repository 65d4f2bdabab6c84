import { Button, Menu } from '@mantine/core';
import { ChevronDown, Download, ScrollText } from 'lucide-react';
import { useMemo, useState } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { usePages } from '@/api/pages';
import type { AuditLine, Page as ListPage, User } from '@/api/types';
import { notify } from '@/app/notices';
import { useAddress } from '@/app/search';
import { Choice, Sentence } from '@/parts/Choice';
import { Loaded } from '@/parts/Loaded';
import { Moment } from '@/parts/Moment';
import { Blank } from '@/parts/States';
import { auditWords as say } from '@/words/audit';
import { settingsWords } from '@/words/settings';
import { More } from '../More';
import { Lines, Page } from '../Page';
import rows from '../rows.module.css';
import styles from './audit.module.css';

const DAY = 86_400_000;
const periods: Record<string, number> = { day: DAY, week: 7 * DAY, month: 30 * DAY };

/** Who did what, with filters that stand in the address. */
export default function AuditSection() {
  const address = useAddress();
  const [user, resource, when] = [address.read('who'), address.read('what'), address.read('when')];
  const team = usePages<User>(
    keys.team,
    (cursor) => ask(api.GET('/api/users', { params: { query: { cursor } } })) as Promise<ListPage<User>>,
  );
  const names = useMemo(() => new Map(team.data?.map((one) => [one.id, one.name])), [team.data]);
  // A minute is fine enough: a time of its own for each drawing would ask again and again.
  const after = when ? new Date(Math.floor((Date.now() - (periods[when] ?? 0)) / 60_000) * 60_000).toISOString() : '';
  const question = {
    user_id: user || undefined,
    resource: resource || undefined,
    after: after || undefined,
  };
  const query = usePages<AuditLine>(
    keys.audit({ user, resource, when }),
    (cursor) =>
      ask(api.GET('/api/audit', { params: { query: { ...question, cursor } } })) as Promise<ListPage<AuditLine>>,
  );
  const file = (format: string) =>
    `/api/audit/export?${new URLSearchParams(
      Object.entries({ format, ...question }).filter((pair): pair is [string, string] => pair[1] !== undefined),
    )}`;
  const copyHead = async () => {
    const head = await ask(api.GET('/api/audit/head'));
    await navigator.clipboard.writeText(JSON.stringify(head));
    notify(say.headCopied);
  };
  return (
    <Page
      title={settingsWords.sections.audit}
      text={say.text}
      action={
        <Menu position="bottom-end" width={300}>
          <Menu.Target>
            <Button variant="default" leftSection={<Download size={14} aria-hidden />}>
              {say.export}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item component="a" href={file('csv')} download>
              {say.csv}
            </Menu.Item>
            <Menu.Item component="a" href={file('jsonl')} download>
              {say.jsonl}
            </Menu.Item>
            <Menu.Divider />
            <Menu.Item onClick={copyHead}>
              {say.head}
              <span className={styles.help}>{say.headText}</span>
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      }
    >
      <Sentence>
        {say.sentence.show}
        <Choice
          label={say.who}
          value={user}
          options={[
            { value: '', name: say.anybody },
            ...(team.data ?? []).map((one) => ({ value: one.id, name: one.name })),
          ]}
          onChange={(value) => address.write('who', value)}
        />
        {say.sentence.did}
        <Choice
          label={say.what}
          value={resource}
          options={[
            { value: '', name: say.anything },
            ...Object.entries(say.resources).map(([value, name]) => ({ value, name })),
          ]}
          onChange={(value) => address.write('what', value)}
        />
        {say.sentence.within}
        <Choice
          label={say.when}
          value={when}
          options={[
            { value: '', name: say.periods.ever ?? '' },
            ...Object.keys(periods).map((value) => ({ value, name: say.periods[value] ?? value })),
          ]}
          onChange={(value) => address.write('when', value)}
        />
      </Sentence>
      <div className={`${rows.frame} ${styles.list}`}>
        <Loaded query={query} lines={6}>
          {(lines) =>
            lines.length === 0 ? (
              <Blank icon={ScrollText} title={say.none} text={say.noneText} />
            ) : (
              <Lines label={settingsWords.sections.audit}>
                {lines.map((line) => (
                  <Line key={line.id} line={line} names={names} />
                ))}
              </Lines>
            )
          }
        </Loaded>
      </div>
      <More query={query} />
    </Page>
  );
}

function Line({ line, names }: { line: AuditLine; names: Map<string, string> }) {
  const [isOpen, setOpen] = useState(false);
  const who =
    (line.user_id && names.get(line.user_id)) ??
    say.actors[line.actor as keyof typeof say.actors] ??
    (line.actor.startsWith('api:') ? say.actors.api : line.actor);
  const about = subject(line) ?? names.get(line.resource_id ?? '');
  return (
    <li>
      <button type="button" className={rows.row} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <span className={rows.main}>
          <b>
            {say.actions[line.action] ?? line.action}
            {about && <span className={styles.about}>{about}</span>}
          </b>
          <span>
            {who}
            {line.address && ` · ${say.from(line.address)}`}
          </span>
        </span>
        <Moment at={line.created_at} className={styles.time} />
        <ChevronDown className={styles.fold} size={16} aria-hidden />
      </button>
      {isOpen && (
        <div className={styles.open}>
          {line.before != null && <Values title={say.before} values={line.before} />}
          {line.after != null && <Values title={say.after} values={line.after} />}
          <p className={styles.place}>
            {say.line(line.seq)} · {line.action} · {line.resource}
            {line.resource_id && ` ${line.resource_id}`} · {line.actor}
          </p>
        </div>
      )}
    </li>
  );
}

function Values({ title, values }: { title: string; values: unknown }) {
  return (
    <div>
      <h3>{title}</h3>
      <pre>{JSON.stringify(values, null, 2)}</pre>
    </div>
  );
}

/** A name that the line itself brings along. */
function subject({ before, after }: AuditLine): string | undefined {
  for (const values of [after, before]) {
    const { name, email, route, method } = (values ?? {}) as Record<string, unknown>;
    if (typeof name === 'string') return name;
    if (typeof email === 'string') return email;
    if (typeof route === 'string') return `${method} ${route}`;
  }
  return undefined;
}
