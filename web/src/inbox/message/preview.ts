import { words } from '@/words';

/** A message in a line: its words, or what it is. */
export function previewOf(type: string, content: string | null): string {
  // A file without a caption is kept with its type as its preview; people read words.
  if (content && content !== type) return content;
  return words.inbox.types[type] ?? content ?? words.inbox.types.unsupported ?? '';
}
