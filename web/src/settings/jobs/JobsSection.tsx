import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { CircleCheck } from 'lucide-react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { usePages } from '@/api/pages';
import type { Problem } from '@/api/problem';
import { queries } from '@/api/queries';
import type { Job, Page as ListPage } from '@/api/types';
import { notify } from '@/app/notices';
import { useAddress } from '@/app/search';
import { useIntegrations } from '@/inbox/state/lists';
import { Choice, Sentence } from '@/parts/Choice';
import { Loaded } from '@/parts/Loaded';
import { Moment } from '@/parts/Moment';
import { Standing, type Tone } from '@/parts/Standing';
import { Blank } from '@/parts/States';
import { settingsWords } from '@/words/settings';
import { More } from '../More';
import { Lines, Page } from '../Page';
import rows from '../rows.module.css';
import styles from '../templates/templates.module.css';

const say = settingsWords.jobs;
const states = ['dead', 'waiting', 'running'];
const tones: Record<string, Tone> = { waiting: 'quiet', running: 'warn', dead: 'bad' };

/** Later work that is not done yet; what was given up waits for a person. */
export default function JobsSection() {
  const address = useAddress();
  const status = address.read('status');
  const query = usePages<Job>(
    keys.jobList({ status }),
    (cursor) =>
      ask(api.GET('/api/jobs', { params: { query: { cursor, status: status || undefined } } })) as Promise<
        ListPage<Job>
      >,
  );
  return (
    <Page title={settingsWords.sections.jobs} text={say.text}>
      <Sentence>
        {say.sentence.show}
        <Choice
          label={say.state}
          value={status}
          options={[
            { value: '', name: say.sentence.any },
            ...states.map((value) => ({ value, name: say.filters[value] ?? value })),
          ]}
          onChange={(value) => address.write('status', value)}
        />
      </Sentence>
      <div className={`${rows.frame} ${styles.list}`}>
        <Loaded query={query} lines={3}>
          {(jobs) =>
            jobs.length === 0 ? (
              <Blank
                icon={CircleCheck}
                title={status === 'dead' ? say.noneDead : say.none}
                text={status === 'dead' ? say.noneDeadText : say.noneText}
              />
            ) : (
              <Lines label={settingsWords.sections.jobs}>
                {jobs.map((job) => (
                  <JobLine key={job.id} job={job} />
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

function JobLine({ job }: { job: Job }) {
  const { data: integrations } = useIntegrations();
  const about = integrations?.find((one) => one.id === job.key)?.name ?? job.key;
  const replay = useMutation<Job, Problem>({
    mutationFn: () => ask(api.POST('/api/jobs/{id}/replay', { params: { path: { id: job.id } } })) as Promise<Job>,
    onSuccess: () => notify(say.replayed),
    onError: (problem) =>
      notify(problem.status === 404 ? say.gone : problem.message, { isBad: problem.status !== 404 }),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.jobs }),
  });
  const name = say.types[job.type] ?? job.type;
  return (
    <li className={rows.row}>
      <div className={rows.main}>
        <b>
          {name} · {about}
        </b>
        {job.last_error && <span className={job.status === 'dead' ? rows.bad : undefined}>{job.last_error}</span>}
        <span>
          <Standing tone={tones[job.status] ?? 'quiet'}>{say.states[job.status] ?? job.status}</Standing> ·{' '}
          {say.attempts(job.attempts)} ·{' '}
          {job.status === 'waiting' ? (
            <>
              {say.next} <Moment at={job.scheduled_at} />
            </>
          ) : (
            <>
              {say.since} <Moment at={job.created_at} />
            </>
          )}
        </span>
      </div>
      {job.status !== 'running' && (
        <Button
          variant="default"
          loading={replay.isPending}
          aria-label={`${job.status === 'dead' ? say.replay : say.replayNow}: ${name}, ${about}`}
          onClick={() => replay.mutate()}
        >
          {job.status === 'dead' ? say.replay : say.replayNow}
        </Button>
      )}
    </li>
  );
}
