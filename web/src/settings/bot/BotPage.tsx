import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { Problem } from '@/api/problem';
import { useCan } from '@/api/session';
import type { Bot } from '@/api/types';
import { Nowhere } from '@/app/Lost';
import { notify } from '@/app/notices';
import { useIntegrations } from '@/inbox/state/lists';
import { Loaded } from '@/parts/Loaded';
import { botWords as say } from '@/words/bot';
import { forms } from '../forms';
import { Page } from '../Page';
import { BotForm } from './BotForm';
import { saveBot, useBot } from './data';
import { TryBot } from './TryBot';

const back = { to: '/settings/bot', name: say.back };

/** The bot of one account: on or off, what it is set to, and a question to try it with. */
export function BotPage({ id }: { id: string }) {
  const integrations = useIntegrations();
  const query = useBot(id);
  const isAdmin = useCan('admin');
  const mayTry = useCan('editor');
  const integration = integrations.data?.find((one) => one.id === id);
  if (integrations.data && !integration) return <Nowhere />;
  const name = integration?.name ?? '';
  return (
    <Page
      title={name}
      text={query.data && say.asks(query.data.effective_model, query.data.effective_url)}
      back={back}
      action={isAdmin && query.data && <OnOff bot={query.data} name={name} />}
    >
      <Loaded query={query}>
        {(bot) => (
          <>
            {bot.last_error && (
              <p className={forms.problem} role="status">
                {say.error} {bot.last_error}
              </p>
            )}
            {mayTry && <TryBot integration={id} />}
            <BotForm key={`${id} ${isAdmin}`} bot={bot} mayChange={isAdmin} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function OnOff({ bot, name }: { bot: Bot; name: string }) {
  const change = useMutation<Bot, Problem>({
    mutationFn: () => saveBot(bot, { is_on: !bot.is_on }),
    onSuccess: (saved) => notify(saved.is_on ? say.isOn(name) : say.isOff(name)),
    onError: (problem) => notify(problem.message, { isBad: true }),
  });
  return (
    <Button variant={bot.is_on ? 'default' : 'filled'} loading={change.isPending} onClick={() => change.mutate()}>
      {bot.is_on ? say.switchOff : say.switchOn}
    </Button>
  );
}
