import { useEffect, useRef, useSyncExternalStore } from 'react';

/** Something a person can do here: by its keys, from the command palette, and listed among the shortcuts. */
export interface Action {
  id: string;
  name: string;
  group: 'list' | 'conversation' | 'everywhere' | 'go';
  /** As event.key says it, keys one after the other separated by a space: "j", "g o", "?"; "mod+k" is Ctrl or ⌘. */
  keys?: string;
  /** Keys that do the same and are not worth a line of their own. */
  also?: string[];
  /** Left out of the palette: moving about makes no sense there. */
  isMove?: boolean;
  /** Also while somebody types. */
  whileTyping?: boolean;
  run: () => void;
}

let actions: Action[] = [];
const listeners = new Set<() => void>();
const PREFIX_TIME = 1200;

function change(next: Action[]): void {
  actions = next;
  for (const listener of listeners) listener();
}

/** What can be done right now. */
export const useAllActions = () =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => actions,
  );

/** Offers actions while the component is shown. Which ones there are may change; what they do always is the latest. */
export function useActions(offered: Action[]): void {
  const latest = useRef(offered);
  latest.current = offered;
  const signature = offered.map((action) => `${action.id}:${action.name}`).join('|');
  // biome-ignore lint/correctness/useExhaustiveDependencies: the signature stands for the list, which is new at every render
  useEffect(() => {
    const mine = latest.current.map((action) => ({
      ...action,
      run: () => latest.current.find((one) => one.id === action.id)?.run(),
    }));
    change([...actions, ...mine]);
    return () => change(actions.filter((action) => !mine.includes(action)));
  }, [signature]);
}

let prefix = '';
let prefixUntil = 0;

const within = (target: EventTarget | null, selector: string) =>
  target instanceof Element && target.closest(selector) !== null;

/** What one can move or press with these keys keeps them. */
const OWN_KEYS = ['Enter', ' ', 'ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'];
const OWNERS = 'a, button, summary, audio, video, [role="separator"], [data-scrolls]';

function nameOf(event: KeyboardEvent): string {
  const mod = event.ctrlKey || event.metaKey;
  if (mod) return `mod+${event.key.toLowerCase()}`;
  return event.shiftKey && /^[a-z]$/i.test(event.key) ? event.key.toUpperCase() : event.key;
}

/** Runs what a key stands for. A key that belongs to a text field, a button, a menu or a dialog is left to it. */
export function handleKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  if (OWN_KEYS.includes(event.key) && within(event.target, OWNERS)) return;
  const isElsewhere = within(
    event.target,
    'input, textarea, select, [contenteditable], [role="dialog"], [role="menu"]',
  );
  const pressed = nameOf(event);
  const sequence = event.timeStamp < prefixUntil ? `${prefix} ${pressed}` : pressed;
  prefixUntil = 0;
  // The last one offered is the nearest to what the person looks at.
  const action = actions.findLast(
    (one) => (one.keys === sequence || one.also?.includes(sequence)) && (one.whileTyping || !isElsewhere),
  );
  if (action) {
    event.preventDefault();
    // A key that is held down moves on; it closes no ten conversations.
    if (!event.repeat || action.isMove) action.run();
  } else if (!isElsewhere && actions.some((one) => one.keys?.startsWith(`${sequence} `))) {
    prefix = sequence;
    prefixUntil = event.timeStamp + PREFIX_TIME;
  }
}

const isMac = typeof navigator !== 'undefined' && /Mac|iP(hone|ad)/.test(navigator.userAgent);
const signs: Record<string, string> = {
  Escape: 'Esc',
  ArrowDown: '↓',
  ArrowUp: '↑',
  Enter: '↵',
  mod: isMac ? '⌘' : 'Ctrl',
};

/** For reading: "mod+k" is [["Ctrl", "K"]]; "g o" is [["G"], ["O"]]. */
export const readable = (keys: string): string[][] =>
  keys
    .split(' ')
    .map((step) =>
      step
        .split('+')
        .map((key) => signs[key] ?? (/^[A-Z]$/.test(key) ? `⇧${key}` : key.length === 1 ? key.toUpperCase() : key)),
    );
