import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { KeyRound, Plus } from 'lucide-react';
import { useState } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { usePages } from '@/api/pages';
import type { Problem } from '@/api/problem';
import { queries } from '@/api/queries';
import type { ApiKey, Page as ListPage, Role } from '@/api/types';
import { notify } from '@/app/notices';
import { Ask } from '@/parts/Ask';
import { Loaded } from '@/parts/Loaded';
import { Moment } from '@/parts/Moment';
import { Blank } from '@/parts/States';
import { words } from '@/words';
import { settingsWords } from '@/words/settings';
import { More } from '../More';
import { Lines, Page } from '../Page';
import rows from '../rows.module.css';
import { CreateKey } from './CreateKey';

const say = settingsWords.keys;

/** Keys for programs. */
export default function KeysSection() {
  const [isCreating, setCreating] = useState(false);
  const [ending, setEnding] = useState<ApiKey>();
  const query = usePages<ApiKey>(
    keys.apiKeys,
    (cursor) => ask(api.GET('/api/api-keys', { params: { query: { cursor } } })) as Promise<ListPage<ApiKey>>,
  );
  const create = (
    <Button leftSection={<Plus size={14} aria-hidden />} onClick={() => setCreating(true)}>
      {say.create}
    </Button>
  );
  return (
    <Page
      title={settingsWords.sections.keys}
      text={
        <>
          {say.text}{' '}
          <a className={rows.link} href="/docs" target="_blank" rel="noopener">
            {say.docs}
          </a>
        </>
      }
      action={query.data && query.data.length > 0 && create}
    >
      <div className={rows.frame}>
        <Loaded query={query} lines={3}>
          {(all) =>
            all.length === 0 ? (
              <Blank icon={KeyRound} title={say.none} text={say.noneText}>
                {create}
              </Blank>
            ) : (
              <Lines label={settingsWords.sections.keys}>
                {[...all]
                  .sort((a, b) => Number(a.revoked_at !== null) - Number(b.revoked_at !== null))
                  .map((key) => (
                    <KeyLine key={key.id} apiKey={key} onRevoke={() => setEnding(key)} />
                  ))}
              </Lines>
            )
          }
        </Loaded>
      </div>
      <More query={query} />
      {isCreating && <CreateKey onClose={() => setCreating(false)} />}
      {ending && <Revoke apiKey={ending} onClose={() => setEnding(undefined)} />}
    </Page>
  );
}

function KeyLine({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke: () => void }) {
  return (
    <li className={rows.row} data-quiet={apiKey.revoked_at !== null || undefined}>
      <KeyRound size={18} strokeWidth={1.6} aria-hidden />
      <div className={rows.main}>
        <b>{apiKey.name}</b>
        <span>
          {words.shell.roles[apiKey.role as Role]} · <code>…{apiKey.hint}</code> · {say.made}{' '}
          <Moment at={apiKey.created_at} /> ·{' '}
          {apiKey.last_used_at ? (
            <>
              {say.used} <Moment at={apiKey.last_used_at} />
            </>
          ) : (
            say.neverUsed
          )}
          {apiKey.revoked_at && (
            <>
              {' '}
              · {say.ended} <Moment at={apiKey.revoked_at} />
            </>
          )}
        </span>
      </div>
      {apiKey.revoked_at ? (
        <span>{say.revoked}</span>
      ) : (
        <Button variant="default" aria-label={`${say.revoke}: ${apiKey.name}`} onClick={onRevoke}>
          {say.revoke}
        </Button>
      )}
    </li>
  );
}

function Revoke({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const revoking = useMutation<void, Problem>({
    mutationFn: async () => {
      await ask(api.DELETE('/api/api-keys/{id}', { params: { path: { id: apiKey.id } } }));
    },
    onSuccess: () => {
      notify(say.revokeDone(apiKey.name));
      onClose();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: keys.apiKeys }),
  });
  return (
    <Ask
      title={say.revokeTitle(apiKey.name)}
      text={say.revokeText}
      action={say.revoke}
      isBusy={revoking.isPending}
      problem={revoking.error?.message}
      onYes={() => revoking.mutate()}
      onClose={onClose}
    />
  );
}
