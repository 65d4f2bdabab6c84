import { Button } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { ChevronRight, Plus, SearchX, Workflow } from 'lucide-react';
import { useCan } from '@/api/session';
import { useAddress } from '@/app/search';
import { Choice, Sentence } from '@/parts/Choice';
import { Loaded } from '@/parts/Loaded';
import { Moment } from '@/parts/Moment';
import { Standing } from '@/parts/Standing';
import { Blank } from '@/parts/States';
import { More } from '@/settings/More';
import { Lines } from '@/settings/Page';
import rows from '@/settings/rows.module.css';
import { words } from '@/words';
import { automationWords as say } from '@/words/automations';
import styles from './Automations.module.css';
import { type Automation, tones, useAutomations } from './data';
import { sentenceOf } from './definition';
import { useNames } from './names';

/** What runs by itself, each as a sentence. */
export function AutomationList() {
  const address = useAddress();
  const navigate = useNavigate();
  const isAdmin = useCan('admin');
  const status = address.read('status');
  const query = useAutomations(status);
  const add = isAdmin && (
    <Button leftSection={<Plus size={14} aria-hidden />} onClick={() => navigate({ to: '/automations/new' })}>
      {say.add}
    </Button>
  );
  return (
    <>
      <header className={styles.head}>
        <div>
          <h1>{words.screens.automations}</h1>
          <p>{say.text}</p>
        </div>
        {query.data && query.data.length > 0 && add}
      </header>
      {(status !== '' || (query.data?.length ?? 0) > 0) && (
        <Sentence>
          {say.filter.show}
          <Choice
            label={say.filter.status}
            value={status}
            options={[
              { value: '', name: say.filter.any },
              ...Object.entries(say.statuses).map(([value, name]) => ({ value, name })),
            ]}
            onChange={(value) => address.write('status', value)}
          />
          {say.filter.automations}
        </Sentence>
      )}
      <div className={`${rows.frame} ${styles.list}`}>
        <Loaded query={query} lines={4}>
          {(all) =>
            all.length > 0 ? (
              <Lines label={words.screens.automations}>
                {all.map((automation) => (
                  <AutomationLine key={automation.id} automation={automation} />
                ))}
              </Lines>
            ) : status ? (
              <Blank icon={SearchX} title={say.noneFound} text={say.noneFoundText} />
            ) : (
              <Blank icon={Workflow} title={say.none} text={say.noneText}>
                {add}
              </Blank>
            )
          }
        </Loaded>
      </div>
      <More query={query} />
    </>
  );
}

function AutomationLine({ automation }: { automation: Automation }) {
  const names = useNames();
  return (
    <li>
      <Link to={`/automations/${automation.id}`} className={rows.row}>
        <Workflow size={18} strokeWidth={1.6} aria-hidden />
        <span className={rows.main}>
          <b dir="auto">{automation.name}</b>
          <span className={styles.clamp}>{sentenceOf(automation, names)}</span>
          <span>
            <Counts automation={automation} />
          </span>
        </span>
        <Standing tone={automation.status_reason ? 'bad' : (tones[automation.status] ?? 'quiet')}>
          {say.standing[automation.status] ?? automation.status}
          {automation.status_reason && say.look}
        </Standing>
        <ChevronRight className={rows.into} size={16} aria-hidden />
      </Link>
    </li>
  );
}

/** How often it ran, and how that went. */
export function Counts({ automation }: { automation: Automation }) {
  const { execution_count: runs, failure_count: failures, last_triggered_at: last, next_at: next } = automation;
  return (
    <>
      {Number(runs) === 0 ? say.never : say.runs(Number(runs))}
      {Number(failures) > 0 && <span className={rows.bad}> · {say.failures(Number(failures))}</span>}
      {last && (
        <>
          {' '}
          · {say.last} <Moment at={last} />
        </>
      )}
      {next && automation.status === 'active' && (
        <>
          {' '}
          · {say.next} <Moment at={next} />
        </>
      )}
    </>
  );
}
