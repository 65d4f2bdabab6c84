import { Button, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, ask } from '@/api/client';
import type { Problem } from '@/api/problem';
import type { BotTry } from '@/api/types';
import { botWords } from '@/words/bot';
import { field, forms, Wrong } from '../forms';
import { Part } from '../Page';
import styles from './bot.module.css';

const say = botWords.try;

/** A question to the bot that nobody else hears. */
export function TryBot({ integration }: { integration: string }) {
  const [text, setText] = useState('');
  const trying = useMutation<BotTry, Problem>({
    mutationFn: () =>
      ask(
        api.POST('/api/integrations/{id}/bot/try', { params: { path: { id: integration } }, body: { text } as never }),
      ) as Promise<BotTry>,
  });
  function submit(event: FormEvent) {
    event.preventDefault();
    trying.mutate();
  }
  const answer = trying.data;
  return (
    <Part title={say.title} text={say.text}>
      <form className={forms.form} onSubmit={submit} noValidate>
        <Textarea
          {...field}
          label={say.label}
          rows={2}
          maxLength={4000}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <div className={forms.buttons}>
          <Button type="submit" loading={trying.isPending} disabled={text.trim() === ''}>
            {say.ask}
          </Button>
        </div>
        <Wrong problem={trying.error} />
        <div aria-live="polite">
          {answer && (
            <div className={styles.answer}>
              {answer.problem && <p className={forms.problem}>{answer.problem}</p>}
              {answer.parts.map((part) => (
                <p key={part} className={styles.said}>
                  {part}
                </p>
              ))}
              <p className={styles.facts}>
                {answer.sources.length > 0 &&
                  `${say.from}: ${[...new Set(answer.sources.map((source) => source.title))].join(', ')} · `}
                {say.used(
                  answer.model ?? '',
                  answer.prompt_tokens + answer.completion_tokens,
                  (answer.milliseconds / 1000).toFixed(1),
                )}
              </p>
            </div>
          )}
        </div>
      </form>
    </Part>
  );
}
