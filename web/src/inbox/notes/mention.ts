/** What is being typed after an @, right before the caret: where it begins, and the letters so far. */
export function mentionAt(text: string, caret: number): { start: number; typed: string } | undefined {
  const found = /(?:^|[\s(])@([\p{L}\p{N}._-]{0,30})$/u.exec(text.slice(0, caret));
  return found ? { start: caret - (found[1] ?? '').length - 1, typed: found[1] ?? '' } : undefined;
}

const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** Those whose name, or a part of it, begins so. */
export function matching<T extends { name: string; is_active: boolean }>(people: T[], typed: string, most = 6): T[] {
  const wanted = plain(typed);
  return people
    .filter(
      (one) =>
        one.is_active &&
        plain(one.name)
          .split(/\s+/u)
          .some((part) => part.startsWith(wanted)),
    )
    .slice(0, most);
}

const nameIn = (name: string) => name.replace(/[[\]\r\n]/gu, '').trim();

/** As one reads it while writing. */
export const mentionOf = (one: { name: string }) => `@${nameIn(one.name)} `;

const WRITTEN = /@\[([^\]\r\n]*)\]\(user:([^)\s]*)\)/gu;

/** A note as one reads it while writing. */
export const readable = (content: string) => content.replace(WRITTEN, '@$1');

/** Whom a note names already. */
export const namedIn = (content: string) =>
  [...content.matchAll(WRITTEN)].map(([, name = '', id = '']) => ({ id, name }));

/** As the server reads it: where an @ and somebody's name stand, "@[Ana](user:<id>)". Of two with one name, the first is meant. */
export function written(text: string, people: { id: string; name: string }[]): string {
  const ids = new Map<string, string>();
  for (const one of people)
    if (nameIn(one.name) !== '' && !ids.has(nameIn(one.name))) ids.set(nameIn(one.name), one.id);
  if (ids.size === 0) return text;
  const names = [...ids.keys()]
    .sort((a, b) => b.length - a.length)
    .map((name) => name.replace(/[.*+?^${}()|\\/]/gu, '\\$&'))
    .join('|');
  return text.replace(
    new RegExp(`(^|[\\s(])@(${names})(?![\\p{L}\\p{N}_])`, 'gu'),
    (_, before: string, name: string) => `${before}@[${name}](user:${ids.get(name)})`,
  );
}
