import '@mantine/core/styles/Drawer.layer.css';
import { Button, Drawer } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Problem } from '@/api/problem';
import { queries } from '@/api/queries';
import { newKey } from '@/api/secure';
import { useCan } from '@/api/session';
import { notify } from '@/app/notices';
import { useAddress } from '@/app/search';
import { layOut } from '@/journal/payload';
import { exactTime } from '@/parts/dates';
import { Loaded } from '@/parts/Loaded';
import { Standing } from '@/parts/Standing';
import { words } from '@/words';
import { automationWords } from '@/words/automations';
import styles from '../Automations.module.css';
import { type Run, type RunStep, reloadAutomations, runTones, useRun } from '../data';

const say = automationWords.log;

/** One run: what started it, and what each step was about to do, what came of it, and why it did not work. */
export function RunDrawer({ id }: { id: string }) {
  const address = useAddress();
  const query = useRun(id);
  const close = () => address.write('run', '');
  return (
    <Drawer
      opened
      onClose={close}
      position="right"
      size={560}
      lockScroll={false}
      overlayProps={{ backgroundOpacity: 0.4 }}
      classNames={{ title: styles.title }}
      title={query.data ? (query.data.contact_name ?? say.nobody) : say.title}
      closeButtonProps={{ 'aria-label': words.close }}
      transitionProps={{ duration: 120 }}
    >
      <Loaded query={query} lines={6} onBack={close}>
        {(run) => <Inside run={run} />}
      </Loaded>
    </Drawer>
  );
}

function Inside({ run }: { run: Run }) {
  const mayAct = useCan('editor');
  const act = useMutation<unknown, Problem, 'replay' | 'cancel'>({
    mutationFn: (what) => {
      const options = { params: { path: { id: run.id } }, headers: { 'Idempotency-Key': newKey() } };
      return (
        what === 'replay'
          ? ask(api.POST('/api/automation-runs/{id}/replay', options))
          : ask(api.POST('/api/automation-runs/{id}/cancel', options))
      ) as Promise<unknown>;
    },
    onSuccess: (_, what) => {
      notify(what === 'replay' ? say.replayed : say.cancelled);
      reloadAutomations();
    },
    onError: (problem) => notify(problem.message, { isBad: true }),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.automationRun(run.id) }),
  });
  const canCancel = run.status === 'queued' || run.status === 'waiting';
  return (
    <div className={styles.run}>
      <div className={styles.top}>
        <Standing tone={runTones[run.status] ?? 'quiet'}>{say.states[run.status] ?? run.status}</Standing>
        {mayAct && run.status === 'failed' && (
          <Button variant="default" loading={act.isPending} onClick={() => act.mutate('replay')}>
            {say.replay}
          </Button>
        )}
        {mayAct && canCancel && (
          <Button variant="default" loading={act.isPending} onClick={() => act.mutate('cancel')}>
            {say.cancel}
          </Button>
        )}
      </div>
      {run.reason && <p className={run.status === 'failed' ? styles.bad : undefined}>{run.reason}</p>}
      <dl className={styles.facts}>
        <Fact name={say.began} at={run.created_at} />
        <Fact name={say.until} at={run.status === 'waiting' ? run.resume_at : null} />
        <Fact name={say.ended} at={run.finished_at} />
      </dl>
      <p className={styles.links}>
        {run.conversation_id && <Link to={`/inbox/all/${run.conversation_id}`}>{say.conversation}</Link>}
        {run.contact_id && <Link to={`/contacts/${run.contact_id}`}>{say.contact}</Link>}
        {run.caused_by && <span>{say.causedBy}</span>}
      </p>
      {run.steps?.length === 0 && <p className={styles.quiet}>{say.noSteps}</p>}
      <ol className={styles.log}>
        {run.steps?.map((step) => (
          <StepLine key={step.position} step={step} />
        ))}
      </ol>
      {holds(run.trigger) && (
        <details className={styles.details}>
          <summary>{say.trigger}</summary>
          <pre>{layOut(JSON.stringify(run.trigger))}</pre>
        </details>
      )}
    </div>
  );
}

function StepLine({ step }: { step: RunStep }) {
  return (
    <li>
      <header>
        <b>
          {step.position}. <span className={styles.cap}>{automationWords.steps[step.type] ?? step.type}</span>
        </b>
        {step.attempts > 1 && <span className={styles.quiet}>{say.tries(step.attempts)}</span>}
        <Standing tone={runTones[step.status] ?? 'quiet'}>{say.states[step.status] ?? step.status}</Standing>
      </header>
      {step.error && <p className={styles.bad}>{step.error}</p>}
      {holds(step.input) && (
        <details className={styles.details}>
          <summary>{say.input}</summary>
          <pre>{layOut(JSON.stringify(step.input))}</pre>
        </details>
      )}
      {holds(step.result) && (
        <details className={styles.details}>
          <summary>{say.result}</summary>
          <pre>{layOut(JSON.stringify(step.result))}</pre>
        </details>
      )}
    </li>
  );
}

function Fact({ name, at }: { name: string; at: string | null }) {
  return (
    at && (
      <div>
        <dt>{name}</dt>
        <dd>
          <time dateTime={at}>{exactTime(at)}</time>
        </dd>
      </div>
    )
  );
}

const holds = (value: unknown) => typeof value === 'object' && value !== null && Object.keys(value).length > 0;
