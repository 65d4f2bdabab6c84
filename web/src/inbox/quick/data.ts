import { useQuery } from '@tanstack/react-query';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Template } from '@/api/types';

/** All words of our own, for any channel. */
export const useOwnTemplates = () =>
  useQuery<Template[]>({
    queryKey: keys.ownTemplates,
    queryFn: async ({ signal }) =>
      (await ask(api.GET('/api/templates', { params: { query: { own: true, limit: 200 } }, signal }))).items,
  });

/** The words that begin a quick reply: what stands after the last slash, at the beginning or after a blank. */
export const wantedIn = (text: string): string | undefined => /(?:^|\s)\/([\w-]*)$/.exec(text)?.[1]?.toLowerCase();

/** Those that are meant, the nearest first: by shortcut, then by name. */
export function findReplies(templates: readonly Template[], wanted: string, channel: string): Template[] {
  const rank = (template: Template) => {
    const shortcut = template.shortcut ?? '';
    if (shortcut === wanted) return 0;
    if (shortcut.startsWith(wanted) && shortcut !== '') return 1;
    if (template.name.toLowerCase().includes(wanted)) return 2;
    return 3;
  };
  return templates
    .filter((one) => one.is_active && (one.channel === 'all' || one.channel === channel) && rank(one) < 3)
    .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
    .slice(0, 8);
}

/** The first blank that nobody has filled. */
export function blankIn(text: string): { name: string; from: number; to: number } | undefined {
  const found = /\{\{\s*(\w{1,60})\s*\}\}/.exec(text);
  return found ? { name: found[1] as string, from: found.index, to: found.index + found[0].length } : undefined;
}
