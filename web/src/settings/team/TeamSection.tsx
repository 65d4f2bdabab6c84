import { Button } from '@mantine/core';
import { ChevronRight, Plus } from 'lucide-react';
import { useState } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { usePages } from '@/api/pages';
import { useMe } from '@/api/session';
import type { Page as ListPage, Role, User } from '@/api/types';
import { Avatar } from '@/parts/Avatar';
import { Loaded } from '@/parts/Loaded';
import { words } from '@/words';
import { settingsWords } from '@/words/settings';
import { More } from '../More';
import { Lines, Page } from '../Page';
import rows from '../rows.module.css';
import { AddMember } from './AddMember';
import { EditMember } from './EditMember';

const say = settingsWords.team;

/** Who works here. */
export default function TeamSection() {
  const [open, setOpen] = useState<User | 'new'>();
  const query = usePages<User>(
    keys.team,
    (cursor) => ask(api.GET('/api/users', { params: { query: { cursor } } })) as Promise<ListPage<User>>,
  );
  return (
    <Page
      title={settingsWords.sections.team}
      text={say.text}
      action={
        <Button leftSection={<Plus size={14} aria-hidden />} onClick={() => setOpen('new')}>
          {say.add}
        </Button>
      }
    >
      <div className={rows.frame}>
        <Loaded query={query}>
          {(users) => (
            <Lines label={settingsWords.sections.team}>
              {[...users]
                .sort((a, b) => Number(b.is_active) - Number(a.is_active))
                .map((user) => (
                  <Member key={user.id} user={user} onOpen={() => setOpen(user)} />
                ))}
            </Lines>
          )}
        </Loaded>
      </div>
      <More query={query} />
      {open === 'new' && <AddMember onClose={() => setOpen(undefined)} />}
      {open && open !== 'new' && <EditMember user={open} onClose={() => setOpen(undefined)} />}
    </Page>
  );
}

function Member({ user, onOpen }: { user: User; onOpen: () => void }) {
  const { data: me } = useMe();
  return (
    <li>
      <button
        type="button"
        className={rows.row}
        data-quiet={!user.is_active || undefined}
        aria-haspopup="dialog"
        onClick={onOpen}
      >
        <Avatar name={user.name} seed={user.id} size={32} />
        <span className={rows.main}>
          <b>
            {user.name}
            {user.id === me?.user?.id && <span className={rows.tag}>{say.you}</span>}
          </b>
          <span>{user.email}</span>
        </span>
        <span>{user.is_active ? words.shell.roles[user.role as Role] : say.off}</span>
        <ChevronRight className={rows.into} size={16} aria-hidden />
      </button>
    </li>
  );
}
