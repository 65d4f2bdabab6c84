import { Modal } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, type RefObject, useCallback, useId, useMemo, useState } from 'react';
import { cachedConversations } from '@/inbox/state/lists';
import { Avatar } from '@/parts/Avatar';
import { useFocusBack } from '@/parts/Dialog';
import { usePeople } from '@/search/data';
import { words } from '@/words';
import { searchWords } from '@/words/search';
import { type Action, readable, useAllActions } from '../actions';
import { Keys } from './Keys';
import styles from './Palette.module.css';

interface Entry {
  id: string;
  name: string;
  group: string;
  keys?: string;
  person?: string;
  run: () => void;
}

const MOST = 12;
const ALL = 60;
const PAUSE = 180;
const { act, open, go, page } = words.commands.groups;
const everywhere = words.screens.search;
const order = [act, go, page, open];

/** Everything one can do or go to, by typing a part of its name. */
export default function Palette({
  early,
  onClose,
}: {
  /** What was typed before there was a field for it. */
  early: RefObject<string>;
  onClose: () => void;
}) {
  const navigate = useNavigate();
  const actions = useAllActions();
  const [text, setText] = useState(() => early.current);
  // By its name: more may be found above it while somebody chooses.
  const [chosen, setChosen] = useState<string>();
  const id = useId();
  useFocusBack();
  // The dialog gives the focus a moment later; keys come before that.
  const start = useCallback(
    (input: HTMLInputElement | null) => {
      if (!input) return;
      setText(early.current);
      input.focus();
    },
    [early],
  );
  const wantedName = text.trim();
  const [asked] = useDebouncedValue(wantedName, PAUSE);
  const far = usePeople(wantedName === '' ? '' : asked);

  const found = useMemo(() => {
    const wanted = fold(text.trim()).split(/\s+/).filter(Boolean);
    const matches = (name: string) => wanted.every((part) => fold(name).includes(part));
    const people: Entry[] = cachedConversations().map((conversation) => ({
      id: conversation.id,
      name: conversation.contact_name ?? conversation.handle,
      group: open,
      person: conversation.contact_id,
      run: () => navigate({ to: `/inbox/all/${conversation.id}` }),
    }));
    const named = [...actions.filter((action) => !action.isMove).map(entryOf), ...people]
      .filter((entry) => matches(entry.name))
      .sort((a, b) => order.indexOf(a.group) - order.indexOf(b.group))
      .slice(0, wanted.length > 0 ? MOST : ALL);
    if (wanted.length === 0) return named;
    const isListed = new Set(named.map((entry) => entry.id));
    for (const person of far.data ?? [])
      if (!isListed.has(person.conversation))
        named.push({
          id: person.conversation,
          name: person.name,
          group: open,
          person: person.contact,
          run: () => navigate({ to: `/inbox/all/${person.conversation}` }),
        });
    const run = () => navigate({ to: '/search', search: { q: text.trim() } as never });
    return [...named, { id: 'search', name: searchWords.forText(text.trim()), group: everywhere, run }];
  }, [actions, text, navigate, far.data]);

  const current = Math.max(
    0,
    found.findIndex((entry) => entry.id === chosen),
  );
  const run = (entry: Entry | undefined) => {
    onClose();
    entry?.run();
  };

  function onKeyDown(event: KeyboardEvent) {
    if (event.nativeEvent.isComposing) return;
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      const next = (current + step + found.length) % Math.max(1, found.length);
      setChosen(found[next]?.id);
      document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(found[current]);
    }
  }

  return (
    <Modal.Root opened onClose={onClose} centered={false} yOffset="14vh" size={560}>
      <Modal.Overlay />
      <Modal.Content aria-label={words.commands.label}>
        <Modal.Body p={0}>
          <input
            className={styles.input}
            role="combobox"
            aria-expanded
            aria-controls={id}
            aria-activedescendant={found.length > 0 ? `${id}-${current}` : undefined}
            aria-label={words.commands.placeholder}
            placeholder={words.commands.placeholder}
            data-autofocus
            ref={start}
            value={text}
            onChange={(event) => {
              setText(event.currentTarget.value);
              setChosen(undefined);
            }}
            onKeyDown={onKeyDown}
          />
          <div className={styles.list} role="listbox" id={id} aria-label={words.commands.label}>
            {found.map((entry, index) => (
              <div key={entry.id} role="presentation">
                {entry.group !== found[index - 1]?.group && <div className={styles.group}>{entry.group}</div>}
                {/* biome-ignore lint/a11y/useKeyWithClickEvents: the field has the focus and takes the keys */}
                <div
                  id={`${id}-${index}`}
                  className={styles.entry}
                  role="option"
                  tabIndex={-1}
                  aria-selected={index === current}
                  onPointerMove={() => setChosen(entry.id)}
                  onClick={() => run(entry)}
                >
                  {entry.person && <Avatar name={entry.name} seed={entry.person} size={24} />}
                  <span className={styles.name}>{entry.name}</span>
                  {entry.keys && <Keys keys={readable(entry.keys)} />}
                </div>
              </div>
            ))}
            {found.length === 0 && <p className={styles.none}>{words.commands.none}</p>}
          </div>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

const entryOf = (action: Action): Entry => ({
  ...action,
  group: action.group === 'go' ? go : action.group === 'conversation' ? act : page,
});

const fold = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase();
