import type { Conversation, Page } from '@/api/types';

/** Which of two moments is later. They have microseconds, of which Date keeps milliseconds: then the texts decide. */
export const compareTimes = (a: string, b: string) => Date.parse(a) - Date.parse(b) || (a === b ? 0 : a > b ? 1 : -1);

/** As the server sorts: the newest message first, then the greater id. */
export const compare = (a: Conversation, b: Conversation) =>
  compareTimes(b.last_message_at, a.last_message_at) || (a.id < b.id ? 1 : -1);

/** Puts a changed conversation where it belongs in what is loaded, or takes it out. Pages that stay as they are stay the same objects. */
export function place(
  pages: readonly Page<Conversation>[],
  changed: Conversation,
  isWanted: boolean,
): Page<Conversation>[] {
  const without = pages.map((page) =>
    page.items.some((item) => item.id === changed.id)
      ? { ...page, items: page.items.filter((item) => item.id !== changed.id) }
      : page,
  );
  if (!isWanted) return without;
  for (let i = 0; i < without.length; i++) {
    const page = without[i];
    if (!page) continue;
    const at = page.items.findIndex((item) => compare(changed, item) < 0);
    const isEnd = i === without.length - 1;
    if (at < 0 && !(isEnd && page.next_cursor === null)) continue; // further down, perhaps further than what is loaded
    const items = [...page.items];
    items.splice(at < 0 ? items.length : at, 0, changed);
    without[i] = { ...page, items };
    return without;
  }
  return without;
}

/** While somebody points at a row, rows keep their places: what is new comes on top, what is further down goes to the end. */
export function hold(shown: readonly string[], wanted: readonly string[]): string[] {
  const isWanted = new Set(wanted);
  const isShown = new Set(shown);
  const lastShown = wanted.findLastIndex((id) => isShown.has(id));
  return [
    ...wanted.filter((id, index) => !isShown.has(id) && index < lastShown),
    ...shown.filter((id) => isWanted.has(id)),
    ...wanted.filter((id, index) => !isShown.has(id) && index >= lastShown),
  ];
}
