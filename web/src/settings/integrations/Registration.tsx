import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Problem } from '@/api/problem';
import { queries } from '@/api/queries';
import { useCan } from '@/api/session';
import type { Integration, Registration as Registered } from '@/api/types';
import { notify } from '@/app/notices';
import { Loaded } from '@/parts/Loaded';
import { Moment } from '@/parts/Moment';
import { Standing } from '@/parts/Standing';
import { settingsWords } from '@/words/settings';
import styles from './integrations.module.css';
import { standingOfWebhook } from './webhook';

const say = settingsWords.registration;

/** Whether the provider was told where to deliver, and the button that tells it. */
export function Registration({ integration }: { integration: Integration }) {
  const path = { params: { path: { id: integration.id } } };
  const mayRegister = useCan('admin');
  const registration = useQuery<Registered, Problem>({
    queryKey: keys.registration(integration.id),
    queryFn: ({ signal }) => ask(api.GET('/api/integrations/{id}/webhook', { ...path, signal })),
  });
  const register = useMutation<Registered, Problem>({
    mutationFn: () => ask(api.POST('/api/integrations/{id}/webhook', path)) as Promise<Registered>,
    onSuccess: () => notify(say.done),
    onError: (problem) => notify(problem.message, { isBad: true }),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.integrations }),
  });
  return (
    <Loaded query={registration} lines={2}>
      {(data) => {
        const how = standingOfWebhook(data, integration);
        return (
          <>
            <div role="status">
              <Standing tone={how.tone}>
                {how.word}
                {data.state === 'registered' && data.registered_at && (
                  <>
                    {' '}
                    <Moment at={data.registered_at} />
                  </>
                )}
              </Standing>
              <p>{how.text}</p>
              {data.previous_secret_until && (
                <p className={styles.when}>
                  {say.previous} <Moment at={data.previous_secret_until} />
                </p>
              )}
            </div>
            {mayRegister && (
              <div className={styles.starts}>
                <Button variant="default" loading={register.isPending} onClick={() => register.mutate()}>
                  {data.state === 'registered' ? say.renew : say.register}
                </Button>
              </div>
            )}
          </>
        );
      }}
    </Loaded>
  );
}
