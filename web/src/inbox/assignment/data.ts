import { useQuery } from '@tanstack/react-query';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { live } from '@/api/live';
import { Problem } from '@/api/problem';
import { queries } from '@/api/queries';
import { reread } from '@/api/told';
import type { Assignment, Conversation, Member, Team } from '@/api/types';
import { notify } from '@/app/notices';
import { words } from '@/words';

/** Colleagues by name. */
export const useMembers = () =>
  useQuery<Member[]>({
    queryKey: keys.members,
    queryFn: async () => (await ask(api.GET('/api/members'))).items as Member[],
  });

export const useTeams = () =>
  useQuery<Team[]>({
    queryKey: keys.teams,
    queryFn: async () => (await ask(api.GET('/api/teams'))).items as Team[],
  });

/** Who takes care of a contact, with the version that a change must name. */
export const useAssignment = (contact: string, isWanted: boolean) =>
  useQuery<Assignment>({
    queryKey: keys.assignment(contact),
    enabled: isWanted,
    staleTime: 0,
    queryFn: () => ask(api.GET('/api/contacts/{id}/assignment', { params: { path: { id: contact } } })),
  });

/** Who has a contact: a person, or a team of which nobody has it yet. */
export type Held = Pick<Conversation, 'assigned_user_id' | 'assigned_team_id'>;

/** How the person or team is called that has it. */
export function useHolder({
  assigned_user_id: user,
  assigned_team_id: team,
}: Held): { id: string; name: string; isTeam: boolean } | undefined {
  const { data: members } = useMembers();
  const { data: teams } = useTeams();
  if (user) return { id: user, name: members?.find((one) => one.id === user)?.name ?? '', isTeam: false };
  if (team) return { id: team, name: teams?.find((one) => one.id === team)?.name ?? '', isTeam: true };
  return undefined;
}

/** Gives a contact to somebody, or to nobody; somebody who was faster stays, and is named. */
export async function assign(
  contact: string,
  to: { user_id?: string; team_id?: string } | undefined,
  seen: Assignment,
): Promise<void> {
  const headers: Record<string, string> = seen.version ? { 'If-Match': `"${seen.version}"` } : { 'If-None-Match': '*' };
  const options = { params: { path: { id: contact } }, headers };
  try {
    const now = to
      ? await ask(api.PUT('/api/contacts/{id}/assignment', { ...options, body: to }))
      : await ask(api.DELETE('/api/contacts/{id}/assignment', options));
    queries.setQueryData(keys.assignment(contact), now);
    const name = now.user_name ?? now.team_name;
    notify(name ? words.assignment.given(name) : words.assignment.taken);
  } catch (failure) {
    const problem = Problem.of(failure);
    notify(problem.message, { isBad: problem.status !== 409 });
    reread(keys.assignment(contact));
  }
}

/** What the stream tells of teams and assignments. */
live.subscribe((event) => {
  if (event === 'reset') return;
  if (event.type === 'team.updated' || event.type === 'user.updated') {
    reread(keys.members);
    reread(keys.teams);
  } else if (event.type === 'assignment.updated' && event.contact_id) reread(keys.assignment(event.contact_id));
});
