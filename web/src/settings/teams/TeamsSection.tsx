import { Button } from '@mantine/core';
import { ChevronRight, Plus, UsersRound } from 'lucide-react';
import { useState } from 'react';
import type { Team } from '@/api/types';
import { useTeams } from '@/inbox/assignment/data';
import { Loaded } from '@/parts/Loaded';
import { Blank } from '@/parts/States';
import { words } from '@/words';
import { settingsWords } from '@/words/settings';
import { Lines, Page } from '../Page';
import rows from '../rows.module.css';
import { EditTeam } from './EditTeam';

const say = words.assignment.settings;

/** The teams that share customers. */
export default function TeamsSection() {
  const [open, setOpen] = useState<Team | 'new'>();
  const query = useTeams();
  return (
    <Page
      title={settingsWords.sections.teams}
      text={say.text}
      action={
        <Button leftSection={<Plus size={14} aria-hidden />} onClick={() => setOpen('new')}>
          {say.add}
        </Button>
      }
    >
      <div className={rows.frame}>
        <Loaded query={query} lines={3}>
          {(teams) =>
            teams.length === 0 ? (
              <Blank icon={UsersRound} title={say.none} text={say.noneText} />
            ) : (
              <Lines label={settingsWords.sections.teams}>
                {teams.map((team) => (
                  <li key={team.id}>
                    <button type="button" className={rows.row} aria-haspopup="dialog" onClick={() => setOpen(team)}>
                      <UsersRound size={18} aria-hidden />
                      <span className={rows.main}>
                        <b>{team.name}</b>
                        <span>
                          {say.count(team.member_ids.length)} · {say.strategies[team.strategy]}
                        </span>
                      </span>
                      <ChevronRight className={rows.into} size={16} aria-hidden />
                    </button>
                  </li>
                ))}
              </Lines>
            )
          }
        </Loaded>
      </div>
      {open && <EditTeam team={open === 'new' ? undefined : open} onClose={() => setOpen(undefined)} />}
    </Page>
  );
}
