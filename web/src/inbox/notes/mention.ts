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

/** As the server reads it: "@[Ana](user:<id>) ". */
export const mentionOf = (one: { id: string; name: string }) =>
  `@[${one.name.replace(/[[\]\r\n]/gu, '')}](user:${one.id}) `;
