import { Button, Switch } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ArrowLeft, CircleCheck } from 'lucide-react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { Problem } from '@/api/problem';
import { queries } from '@/api/queries';
import { useCan } from '@/api/session';
import type { Contact, Suggestion } from '@/api/types';
import { notify } from '@/app/notices';
import { Avatar } from '@/parts/Avatar';
import { channelName } from '@/parts/ChannelMark';
import { Loaded } from '@/parts/Loaded';
import { Blank } from '@/parts/States';
import { More } from '@/settings/More';
import { words } from '@/words';
import { contactWords as say } from '@/words/contacts';
import styles from './Contacts.module.css';
import { dismiss, nameOf, reopen, useSuggestions } from './data';
import { useMerging } from './useMerging';
import '@mantine/core/styles/InlineInput.layer.css';
import '@mantine/core/styles/Switch.layer.css';

/** Contacts that may be one person, the surest first. */
export function Duplicates() {
  const query = useSuggestions('');
  return (
    <main className={styles.screen}>
      <div className={styles.page}>
        <header className={styles.head}>
          <Link to="/contacts" className={styles.back}>
            <ArrowLeft size={14} aria-hidden /> {say.back}
          </Link>
          <h1>{say.suggestions}</h1>
          <p>{say.suggestionsText}</p>
          <Automatic />
        </header>
        <div className={styles.scroll}>
          <div className={styles.column}>
            <Loaded query={query} lines={6}>
              {(suggestions) =>
                suggestions.length === 0 ? (
                  <Blank icon={CircleCheck} title={say.noSuggestions} text={say.noSuggestionsText} />
                ) : (
                  <>
                    {suggestions.map((suggestion) => (
                      <Compare key={suggestion.id} suggestion={suggestion} />
                    ))}
                    <More query={query} />
                  </>
                )
              }
            </Loaded>
          </div>
        </div>
      </div>
    </main>
  );
}

function Automatic() {
  const canChange = useCan('admin');
  const { data } = useQuery({ queryKey: keys.contactSettings, queryFn: () => ask(api.GET('/api/contacts/settings')) });
  const setting = useMutation({
    mutationFn: (merges_exact: boolean) => ask(api.PUT('/api/contacts/settings', { body: { merges_exact } })),
    onSuccess: (now) => queries.setQueryData(keys.contactSettings, now),
    onError: (failure) => notify(Problem.of(failure).message, { isBad: true }),
  });
  return (
    <Switch
      className={styles.switch}
      label={say.settings}
      checked={data?.merges_exact ?? false}
      disabled={!canChange || data === undefined}
      onChange={(event) => setting.mutate(event.currentTarget.checked)}
    />
  );
}

/** Two contacts side by side, why they may be one, and what to do about it. */
export function Compare({ suggestion }: { suggestion: Suggestion }) {
  const canWrite = useCan('editor');
  const { first, second } = suggestion;
  const merging = useMerging();
  const no = () =>
    dismiss(suggestion.id)
      .then(() => notify(say.dismissed, { action: { name: words.inbox.undo, run: () => void reopen(suggestion.id) } }))
      .catch((failure) => notify(Problem.of(failure).message, { isBad: true }));
  return (
    <article className={styles.compare} aria-label={`${nameOf(first)} · ${nameOf(second)}`}>
      <header>
        <ul>
          {((suggestion.reasons ?? []) as string[]).map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
        <span>{say.score(suggestion.score)}</span>
      </header>
      <div className={styles.both}>
        {[first, second].map((contact, index) => (
          <Side key={contact.id} contact={contact}>
            {canWrite && (
              <Button
                variant="default"
                title={say.keepText}
                loading={merging.isPending}
                onClick={() => merging.mutate(index === 0 ? [first.id, second.id] : [second.id, first.id])}
              >
                {say.keep(nameOf(contact) || say.nameless)}
              </Button>
            )}
          </Side>
        ))}
      </div>
      {canWrite && (
        <Button className={styles.no} variant="subtle" color="gray" onClick={no}>
          {say.different}
        </Button>
      )}
    </article>
  );
}

function Side({ contact, children }: { contact: Contact; children: React.ReactNode }) {
  const lines = [
    [say.fields.phone, contact.phone],
    [say.fields.email, contact.email],
    [say.fields.external_ref, contact.external_ref],
    // An address that is the number, or the e-mail address, is said already.
    ...contact.identities
      .filter((one) => one.handle !== contact.phone && one.handle !== contact.email)
      .map((one) => [channelName(one.channel), one.handle]),
    ...Object.entries((contact.metadata ?? {}) as Record<string, unknown>).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  ].filter(([, value]) => value);
  return (
    <section>
      <Link to={`/contacts/${contact.id}`} preload={false} className={styles.name}>
        <Avatar name={nameOf(contact)} seed={contact.id} size={32} />
        <b dir="auto">{nameOf(contact) || say.nameless}</b>
      </Link>
      <dl>
        {lines.map(([name, value]) => (
          <div key={`${name}:${value}`}>
            <dt>{name}</dt>
            <dd dir="auto">{value}</dd>
          </div>
        ))}
      </dl>
      {children}
    </section>
  );
}
