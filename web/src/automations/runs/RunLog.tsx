import { Link, useSearch } from '@tanstack/react-router';
import { History, SearchX } from 'lucide-react';
import { useAddress } from '@/app/search';
import { Choice, Sentence } from '@/parts/Choice';
import { Loaded } from '@/parts/Loaded';
import { Moment } from '@/parts/Moment';
import { Standing } from '@/parts/Standing';
import { Blank } from '@/parts/States';
import { More } from '@/settings/More';
import { Lines } from '@/settings/Page';
import rows from '@/settings/rows.module.css';
import { automationWords } from '@/words/automations';
import styles from '../Automations.module.css';
import { type Automation, type Run, runTones, useRuns } from '../data';
import { RunDrawer } from './RunDrawer';

const say = automationWords.log;

/** Each time that it happened, the newest first. */
export function RunLog({ automation }: { automation: Automation }) {
  const address = useAddress();
  const status = address.read('status');
  const open = address.read('run');
  const query = useRuns(automation.id, status);
  return (
    <>
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
      <div className={`${rows.frame} ${styles.list}`}>
        <Loaded query={query} lines={4}>
          {(all) =>
            all.length > 0 ? (
              <Lines label={say.title}>
                {all.map((run) => (
                  <RunLine key={run.id} run={run} isOpen={run.id === open} />
                ))}
              </Lines>
            ) : (
              <Blank
                icon={status ? SearchX : History}
                title={status ? say.noneFound : say.none}
                text={status ? say.noneFoundText : say.noneText}
              />
            )
          }
        </Loaded>
      </div>
      <More query={query} />
      {open && <RunDrawer id={open} key={open} />}
    </>
  );
}

function RunLine({ run, isOpen }: { run: Run; isOpen: boolean }) {
  const search = useSearch({ strict: false });
  return (
    <li>
      <Link
        to={`/automations/${run.automation_id}`}
        search={{ ...search, run: run.id } as never}
        replace
        className={rows.row}
        aria-current={isOpen || undefined}
      >
        <span className={rows.main}>
          <b dir="auto">{run.contact_name ?? say.nobody}</b>
          <span>
            {run.reason}
            {run.status === 'waiting' && run.resume_at && (
              <>
                {run.reason && ' · '}
                {say.until} <Moment at={run.resume_at} />
              </>
            )}
          </span>
        </span>
        <Standing tone={runTones[run.status] ?? 'quiet'}>{say.states[run.status] ?? run.status}</Standing>
        <Moment at={run.created_at} className={styles.time} />
      </Link>
    </li>
  );
}
