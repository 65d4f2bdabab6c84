import { useMemo } from 'react';
import { useMembers, useTeams } from '@/inbox/assignment/data';
import { useLabels } from '@/inbox/labels/data';
import { useIntegrations } from '@/inbox/state/lists';
import { channelName } from '@/parts/ChannelMark';
import type { Names } from './definition';

/** What labels, accounts, people, teams and channels are called. */
export function useNames(): Names {
  const { data: labels } = useLabels();
  const { data: integrations } = useIntegrations();
  const { data: members } = useMembers();
  const { data: teams } = useTeams();
  return useMemo(() => {
    const names = new Map<string, string>();
    for (const list of [labels, integrations, members, teams])
      for (const { id, name } of list ?? []) names.set(id, name);
    return (id) => names.get(id) ?? (/^[a-z]+$/u.test(id) ? channelName(id) : undefined);
  }, [labels, integrations, members, teams]);
}
