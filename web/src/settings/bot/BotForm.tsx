import { PasswordInput, Textarea, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { Problem } from '@/api/problem';
import type { Bot } from '@/api/types';
import { SaveButton } from '@/parts/SaveButton';
import { botWords } from '@/words/bot';
import { field, forms, useFocusOnWrong, Wrong } from '../forms';
import { Part } from '../Page';
import { saveBot } from './data';
import { readHours, writeHours } from './hours';

const say = botWords;

const parts: { title: string; names: string[] }[] = [
  { title: say.settings, names: ['system_prompt', 'language', 'hand_over_words', 'fallback'] },
  { title: say.model, names: ['model', 'base_url', 'api_key', 'temperature', 'history_messages', 'history_tokens'] },
  {
    title: say.limits,
    names: ['wait_seconds', 'hours', 'time_zone', 'daily_token_limit', 'conversation_token_limit', 'session_days'],
  },
];
const long = new Set(['system_prompt', 'fallback', 'hours']);
const numbers = new Set([
  'temperature',
  'history_messages',
  'history_tokens',
  'wait_seconds',
  'daily_token_limit',
  'conversation_token_limit',
  'session_days',
]);

type Values = Record<string, string>;

const valuesOf = (bot: Bot): Values => ({
  ...Object.fromEntries(Object.entries(bot).map(([name, value]) => [name, value === null ? '' : String(value)])),
  hand_over_words: bot.hand_over_words.join(', '),
  hours: writeHours(bot.hours),
  api_key: '',
});

/** What a bot is set to, all in text fields. */
export function BotForm({ bot, mayChange }: { bot: Bot; mayChange: boolean }) {
  const before = valuesOf(bot);
  const [values, setValues] = useState(before);
  const names = parts.flatMap((part) => part.names);
  const isChanged = names.some((name) => values[name] !== before[name]);
  const saving = useMutation<Bot, Problem>({
    mutationFn: async () => saveBot(bot, changeOf(values)),
    onSuccess: (saved) => setValues(valuesOf(saved)),
  });
  const form = useRef<HTMLFormElement>(null);
  useFocusOnWrong(form, saving.error);

  function submit(event: FormEvent) {
    event.preventDefault();
    saving.mutate();
  }

  return (
    <form ref={form} onSubmit={submit} noValidate>
      {parts.map((part) => (
        <Part key={part.title} title={part.title}>
          <div className={forms.form}>
            {part.names.map((name) => {
              const [label, help] = say.fields[name] ?? [name, ''];
              const Input = long.has(name) ? Textarea : name === 'api_key' ? PasswordInput : TextInput;
              return (
                <Input
                  {...field}
                  key={name}
                  label={label}
                  description={help}
                  {...(name === 'system_prompt' ? { rows: 8 } : {})}
                  {...(name === 'api_key' && bot.has_key ? { placeholder: say.keyKept } : {})}
                  {...(name === 'api_key' ? { autoComplete: 'new-password' } : {})}
                  inputMode={numbers.has(name) ? 'decimal' : undefined}
                  readOnly={!mayChange}
                  value={values[name] ?? ''}
                  onChange={(event: { currentTarget: { value: string } }) =>
                    setValues({ ...values, [name]: event.currentTarget.value })
                  }
                  error={saving.error?.fields[name]}
                />
              );
            })}
          </div>
        </Part>
      ))}
      <Wrong problem={saving.error} fields={names} />
      {mayChange && (
        <div className={forms.buttons}>
          <SaveButton saving={saving} isChanged={isChanged} />
        </div>
      )}
    </form>
  );
}

/** What the server shall keep. A field that cannot be read is refused here as the server would. */
function changeOf(values: Values): Partial<Bot> & { api_key?: string } {
  const change: Record<string, unknown> = {};
  for (const { names } of parts)
    for (const name of names) {
      const text = (values[name] ?? '').trim();
      if (name === 'api_key') {
        if (text) change.api_key = text;
      } else if (name === 'hand_over_words')
        change[name] = text
          .split(',')
          .map((word) => word.trim())
          .filter(Boolean);
      else if (name === 'hours') {
        const hours = readHours(text);
        if (hours === undefined) throw refused(name, say.hoursWrong);
        change[name] = hours;
      } else if (numbers.has(name)) {
        const number = Number(text.replace(',', '.'));
        if (text && !Number.isFinite(number)) throw refused(name, botWords.notANumber);
        change[name] = text ? number : null;
      } else change[name] = text === '' && name !== 'fallback' ? null : text;
    }
  return change as Partial<Bot>;
}

const refused = (name: string, sentence: string) => Problem.from(400, { title: '', errors: { [name]: [sentence] } });
