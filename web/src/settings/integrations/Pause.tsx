import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { api, ask } from '@/api/client';
import type { Problem } from '@/api/problem';
import type { Integration } from '@/api/types';
import { notify } from '@/app/notices';
import { settingsWords } from '@/words/settings';
import { forgetTest, remember } from './data';

const say = settingsWords.integrations;

/** Holds back what is sent, and lets it go again; what comes in comes in. */
export function Pause({ integration }: { integration: Integration }) {
  const isPaused = integration.status === 'paused';
  const change = useMutation<Integration, Problem>({
    mutationFn: () =>
      ask(
        api.PATCH('/api/integrations/{id}', {
          params: { path: { id: integration.id } },
          body: { status: isPaused ? 'active' : 'paused' },
        }),
      ) as Promise<Integration>,
    onSuccess: (changed) => {
      remember(changed);
      forgetTest(changed.id);
      notify((changed.status === 'paused' ? say.pause : say.on).done(changed.name));
    },
    onError: (problem) => notify(problem.message, { isBad: true }),
  });
  if (integration.status === 'disabled') return null;
  return (
    <Button variant="default" mr={8} loading={change.isPending} onClick={() => change.mutate()}>
      {isPaused ? say.pause.resume : say.pause.action}
    </Button>
  );
}
