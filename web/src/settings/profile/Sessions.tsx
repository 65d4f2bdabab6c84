import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Monitor, Smartphone } from 'lucide-react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Problem } from '@/api/problem';
import { queries } from '@/api/queries';
import type { Page, Session } from '@/api/types';
import { notify } from '@/app/notices';
import { Loaded } from '@/parts/Loaded';
import { Moment } from '@/parts/Moment';
import { Standing } from '@/parts/Standing';
import { settingsWords } from '@/words/settings';
import { Lines } from '../Page';
import rows from '../rows.module.css';
import { agentOf } from './agent';

const say = settingsWords.profile;

export function Sessions() {
  const query = useQuery<Session[], Problem>({
    queryKey: keys.sessions,
    queryFn: async () => ((await ask(api.GET('/api/me/sessions'))) as Page<Session>).items,
    staleTime: 0,
  });
  return (
    <div className={rows.frame}>
      <Loaded query={query} lines={2}>
        {(sessions) => (
          <Lines label={say.sessions}>
            {[...sessions]
              .sort((a, b) => Number(b.is_current) - Number(a.is_current))
              .map((session) => (
                <SessionLine key={session.id} session={session} />
              ))}
          </Lines>
        )}
      </Loaded>
    </div>
  );
}

function SessionLine({ session }: { session: Session }) {
  const agent = agentOf(session.user_agent);
  const name = agent
    ? agent.system
      ? say.on(agent.program, agent.system)
      : agent.program
    : (session.user_agent ?? say.unknownAgent);
  const Icon = agent?.isPhone ? Smartphone : Monitor;
  const ending = useMutation<void, Problem>({
    mutationFn: async () => {
      await ask(api.DELETE('/api/me/sessions/{id}', { params: { path: { id: session.id } } }));
    },
    onSuccess: () => notify(say.ended),
    onError: (problem) => notify(problem.message, { isBad: problem.status !== 404 }),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.sessions }),
  });
  return (
    <li className={rows.row}>
      <Icon size={18} strokeWidth={1.6} aria-hidden />
      <div className={rows.main}>
        <b>{name}</b>
        <span>
          {session.address && `${session.address} · `}
          {say.since} <Moment at={session.created_at} />
        </span>
      </div>
      {session.is_current ? (
        <Standing tone="good">{say.here}</Standing>
      ) : (
        <Button
          variant="default"
          loading={ending.isPending}
          aria-label={`${say.end}: ${name}`}
          onClick={() => ending.mutate()}
        >
          {say.end}
        </Button>
      )}
    </li>
  );
}
