import { Link } from '@tanstack/react-router';
import {
  Archive,
  CheckCheck,
  Clock3,
  Inbox,
  Layers,
  type LucideIcon,
  MailOpen,
  UserRound,
  UserRoundX,
  UsersRound,
} from 'lucide-react';
import { useMe } from '@/api/session';
import { ChannelMark } from '@/parts/ChannelMark';
import { words } from '@/words';
import { useTeams } from '../assignment/data';
import { MoreViews } from '../labels/MoreViews';
import { linkTo, type Place } from '../place';
import { type View, views } from '../state/filters';
import { useCounts, useIntegrations } from '../state/lists';
import styles from './Views.module.css';

export const viewIcons: Record<View, LucideIcon> = {
  mine: UserRound,
  unassigned: UserRoundX,
  open: Inbox,
  unread: MailOpen,
  snoozed: Clock3,
  closed: CheckCheck,
  archived: Archive,
  all: Layers,
};

// What is done with needs no number.
const counted: View[] = ['mine', 'unassigned', 'open', 'unread', 'snoozed'];

/** The ways to look at the inbox. */
export function Views({ place }: { place: Place }) {
  return (
    <nav className={styles.views} aria-label={words.inbox.viewsLabel}>
      <p className={styles.title}>{words.inbox.title}</p>
      <ViewLinks place={place} />
    </nav>
  );
}

export function ViewLinks({ place, onChoose }: { place: Place; onChoose?: () => void }) {
  const { data: counts } = useCounts();
  const { data: integrations } = useIntegrations();
  const { data: teams } = useTeams();
  const { data: me } = useMe();
  const isNarrow = me?.user?.sees === 'team' && me.role !== 'admin';
  const shownTeams = teams?.filter((team) => !isNarrow || team.member_ids.includes(me?.user?.id ?? ''));
  return (
    <>
      <ul>
        {views.map((view) => {
          const Icon = viewIcons[view];
          const count =
            counts && counted.includes(view)
              ? counts[view as 'mine' | 'unassigned' | 'open' | 'unread' | 'snoozed']
              : 0;
          return (
            <li key={view}>
              <Link
                {...linkTo({
                  view,
                  integration: place.integration,
                  team: place.team,
                  label: place.label,
                })}
                className={styles.view}
                aria-current={place.view === view ? 'page' : undefined}
                onClick={onChoose}
              >
                <Icon size={16} strokeWidth={1.75} aria-hidden />
                <span>{words.inbox.views[view]}</span>
                {count > 0 && (
                  <span className={styles.count}>
                    {count >= (counts?.most ?? 0) ? words.inbox.atLeast(count - 1) : count}
                  </span>
                )}
              </Link>
            </li>
          );
        })}
      </ul>
      {shownTeams && shownTeams.length > 0 && (
        <>
          <h2>{words.inbox.teams}</h2>
          <ul>
            {shownTeams.map((team) => {
              const isChosen = place.team === team.id;
              return (
                <li key={team.id}>
                  <Link
                    {...linkTo({
                      view: place.view,
                      integration: place.integration,
                      team: isChosen ? undefined : team.id,
                      label: place.label,
                    })}
                    className={styles.view}
                    aria-current={isChosen ? 'true' : undefined}
                    title={isChosen ? words.inbox.allTeams : undefined}
                    onClick={onChoose}
                  >
                    <UsersRound size={16} strokeWidth={1.75} aria-hidden />
                    <span>{team.name}</span>
                  </Link>
                </li>
              );
            })}
          </ul>
        </>
      )}
      <MoreViews place={place} onChoose={onChoose} />
      {integrations && integrations.length > 1 && (
        <>
          <h2>{words.inbox.accounts}</h2>
          <ul>
            {integrations.map((integration) => {
              const isChosen = place.integration === integration.id;
              return (
                <li key={integration.id}>
                  <Link
                    {...linkTo({
                      view: place.view,
                      integration: isChosen ? undefined : integration.id,
                      team: place.team,
                      label: place.label,
                    })}
                    className={styles.view}
                    aria-current={isChosen ? 'true' : undefined}
                    title={isChosen ? words.inbox.allAccounts : undefined}
                    onClick={onChoose}
                  >
                    <ChannelMark channel={integration.channel} />
                    <span>{integration.name}</span>
                  </Link>
                </li>
              );
            })}
          </ul>
        </>
      )}
    </>
  );
}
