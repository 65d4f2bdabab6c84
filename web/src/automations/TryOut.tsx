import { Button, NativeSelect, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { CircleCheck, CircleX, FlaskConical } from 'lucide-react';
import { useState } from 'react';
import { api, ask } from '@/api/client';
import { Problem } from '@/api/problem';
import { layOut } from '@/journal/payload';
import { Wrong } from '@/settings/forms';
import { Part } from '@/settings/Page';
import { automationWords } from '@/words/automations';
import styles from './Automations.module.css';
import { lastReceived, useRecent } from './conversations';
import type { DryRun } from './data';
import type { Definition } from './definition';

const say = automationWords.try;

/** What would happen with a conversation that is there, without anything happening. */
export function TryOut({ definition, automation }: { definition: Definition; automation?: string }) {
  const { data: recent } = useRecent();
  const [chosen, setChosen] = useState<string>();
  const [body, setBody] = useState('{}');
  const conversation = chosen ?? recent?.[0]?.value ?? '';
  const isWebhook = definition.trigger.type === 'webhook';
  const trying = useMutation<DryRun, Problem>({
    mutationFn: async () => {
      const about = isWebhook
        ? { body: parsed(body) }
        : {
            conversation_id: conversation || null,
            message_id: conversation ? ((await lastReceived(conversation)) ?? null) : null,
          };
      const what = automation ? { automation_id: automation } : { definition };
      return ask(
        api.POST('/api/automations/dry-run', { body: { ...what, ...about } as never }),
      ) as Promise<unknown> as Promise<DryRun>;
    },
  });
  return (
    <Part title={say.title} text={say.text}>
      <div className={styles.try}>
        {isWebhook ? (
          <Textarea
            label={say.body}
            rows={4}
            value={body}
            spellCheck={false}
            onChange={(event) => setBody(event.currentTarget.value)}
          />
        ) : recent?.length === 0 ? (
          <p className={styles.quiet}>{say.noConversations}</p>
        ) : (
          <NativeSelect
            label={say.with}
            value={conversation}
            data={recent ?? []}
            onChange={(event) => setChosen(event.currentTarget.value)}
          />
        )}
        <Button
          variant="default"
          leftSection={<FlaskConical size={14} aria-hidden />}
          loading={trying.isPending}
          onClick={() => trying.mutate()}
        >
          {say.action}
        </Button>
      </div>
      <div aria-live="polite">
        <Wrong problem={trying.error} />
        {trying.data && <Outcome found={trying.data} />}
      </div>
    </Part>
  );
}

function Outcome({ found }: { found: DryRun }) {
  return (
    <div className={styles.outcome}>
      <b>{found.would_run ? say.would : say.wouldNot}</b>
      {found.reason && <p>{found.reason}</p>}
      <ul>
        {found.conditions.map((one, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they stand in the order of the automation
          <li key={at} data-holds={one.holds}>
            {one.holds ? <CircleCheck size={15} aria-hidden /> : <CircleX size={15} aria-hidden />}
            <span>
              {one.words} <span className="hidden-words">{one.holds ? say.holds : say.fails}</span>
            </span>
          </li>
        ))}
      </ul>
      {found.steps.length > 0 && <b>{say.steps}</b>}
      <ol>
        {found.steps.map((step) => (
          <li key={step.position}>
            <span className={styles.cap}>{automationWords.steps[step.type] ?? step.type}</span>
            {step.error && <p className={styles.bad}>{step.error}</p>}
            {step.input != null && Object.keys(step.input as object).length > 0 && (
              <pre>{layOut(JSON.stringify(step.input))}</pre>
            )}
          </li>
        ))}
      </ol>
    </div>
  );
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Problem(400, say.badBody, say.badBody);
  }
}
