import { useMutation } from '@tanstack/react-query';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Problem } from '@/api/problem';
import { queries } from '@/api/queries';
import { notify } from '@/app/notices';
import { type NotificationPreferences, usePreferences } from '@/inbox/state/preferences';
import { words } from '@/words';
import { forms } from '../forms';

const say = words.labels;

/** What I want to be told, wherever I am signed in. */
export function Told() {
  const { data } = usePreferences();
  const saving = useMutation<NotificationPreferences, Problem, Partial<NotificationPreferences>>({
    mutationFn: (part) => ask(api.PATCH('/api/me/notifications', { body: part })),
    onSuccess: (changed) => queries.setQueryData(keys.preferences, changed),
    onError: (problem) => notify(problem.message, { isBad: true }),
  });
  return (
    <fieldset className={forms.choices} disabled={!data || saving.isPending} aria-label={say.told}>
      {(['all', 'assigned', 'own'] as const).map((one) => (
        <label key={one} className={forms.choice}>
          <input
            type="radio"
            name="notify_about"
            checked={data?.notify_about === one}
            onChange={() => saving.mutate({ notify_about: one })}
          />
          <b>{say.about[one]}</b>
        </label>
      ))}
      {(['desktop', 'sound'] as const).map((one) => (
        <label key={one} className={forms.choice}>
          <input
            type="checkbox"
            checked={data?.[one] ?? false}
            onChange={(event) => saving.mutate({ [one]: event.currentTarget.checked })}
          />
          <b>{say[one]}</b>
        </label>
      ))}
    </fieldset>
  );
}
