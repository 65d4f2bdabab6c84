import { Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Bookmark, X } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { Problem } from '@/api/problem';
import { newKey } from '@/api/secure';
import { useCan } from '@/api/session';
import { reread } from '@/api/told';
import type { SavedView } from '@/api/types';
import { notify } from '@/app/notices';
import { Dialog } from '@/parts/Dialog';
import { words } from '@/words';
import styles from '../list/Views.module.css';
import { linkTo, type Place } from '../place';
import { questionOf, viewOf } from '../state/filters';
import { useLabels, useSavedViews } from './data';
import own from './labels.module.css';

const say = words.labels;

interface Saved {
  integration_id?: string;
  team_id?: string;
  label_id?: string;
}

/** Below the views: labels to narrow them by, and the views that somebody saved. */
export function MoreViews({ place, onChoose }: { place: Place; onChoose?: () => void }) {
  const { data: labels } = useLabels();
  const { data: saved } = useSavedViews();
  const isAdmin = useCan('admin');
  const [isSaving, setSaving] = useState(false);
  const isNarrowed = place.label !== undefined || place.team !== undefined || place.integration !== undefined;
  return (
    <>
      {labels && labels.length > 0 && (
        <>
          <h2>{say.filter}</h2>
          <ul>
            {labels.map((label) => {
              const isChosen = place.label === label.id;
              return (
                <li key={label.id}>
                  <Link
                    {...linkTo({
                      view: place.view,
                      integration: place.integration,
                      team: place.team,
                      label: isChosen ? undefined : label.id,
                    })}
                    className={styles.view}
                    aria-current={isChosen ? 'true' : undefined}
                    onClick={onChoose}
                  >
                    <i className={own.dot} data-colour={label.colour} />
                    <span>{label.name}</span>
                  </Link>
                </li>
              );
            })}
          </ul>
        </>
      )}
      {saved && saved.length > 0 && (
        <>
          <h2>{say.views}</h2>
          <ul>
            {saved.map((view) => {
              const filter = view.filter as Saved;
              return (
                <li key={view.id} className={own.saved}>
                  <Link
                    {...linkTo({
                      view: viewOf(view.filter as object),
                      integration: filter.integration_id,
                      team: filter.team_id,
                      label: filter.label_id,
                    })}
                    className={styles.view}
                    onClick={onChoose}
                  >
                    <Bookmark size={16} strokeWidth={1.75} aria-hidden />
                    <span>{view.name}</span>
                  </Link>
                  {(view.is_mine || (view.is_shared && isAdmin)) && (
                    <button
                      type="button"
                      className={own.forget}
                      aria-label={say.forget(view.name)}
                      title={say.forget(view.name)}
                      onClick={() => forget(view)}
                    >
                      <X size={14} aria-hidden />
                    </button>
                  )}
                </li>
              );
            })}
          </ul>
        </>
      )}
      {isNarrowed && (
        <button type="button" className={own.save} onClick={() => setSaving(true)}>
          {say.save}
        </button>
      )}
      {isSaving && <SaveView place={place} onClose={() => setSaving(false)} />}
    </>
  );
}

async function forget(view: SavedView): Promise<void> {
  try {
    await ask(api.DELETE('/api/views/{id}', { params: { path: { id: view.id } } }));
  } catch (failure) {
    notify(Problem.of(failure).message, { isBad: true });
  }
  reread(keys.views);
}

function SaveView({ place, onClose }: { place: Place; onClose: () => void }) {
  const mayShare = useCan('editor');
  const [name, setName] = useState('');
  const [isShared, setShared] = useState(false);
  const saving = useMutation<unknown, Problem>({
    mutationFn: () =>
      ask(
        api.POST('/api/views', {
          body: { name, is_shared: isShared, filter: questionOf(place) as never },
          headers: { 'Idempotency-Key': newKey() },
        }),
      ),
    onSuccess: () => {
      reread(keys.views);
      onClose();
    },
  });
  return (
    <Dialog onClose={onClose} title={say.saveTitle} size={380}>
      <form
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          saving.mutate();
        }}
      >
        <TextInput
          label={say.viewName}
          data-autofocus
          maxLength={50}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={saving.error?.fields.name ?? saving.error?.message}
        />
        {mayShare && (
          <p>
            <label>
              <input type="checkbox" checked={isShared} onChange={(event) => setShared(event.currentTarget.checked)} />{' '}
              {say.share}
            </label>
          </p>
        )}
        <p>
          <Button type="submit" loading={saving.isPending}>
            {words.save}
          </Button>
        </p>
      </form>
    </Dialog>
  );
}
