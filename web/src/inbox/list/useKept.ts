import { useMemo, useRef } from 'react';
import type { Conversation } from '@/api/types';

/** Among the unread ones, what is being read leaves them at once: it keeps its row until another one is opened. */
export function useKept(items: Conversation[], open: Conversation | undefined, isKeeping: boolean): Conversation[] {
  const before = useRef<string[]>([]);
  return useMemo(() => {
    let shown = items;
    const at = open ? before.current.indexOf(open.id) : -1;
    if (isKeeping && open && at >= 0 && !items.some((item) => item.id === open.id)) {
      const below = new Set(before.current.slice(at + 1));
      const index = items.findIndex((item) => below.has(item.id));
      shown = index < 0 ? [...items, open] : [...items.slice(0, index), open, ...items.slice(index)];
    }
    before.current = shown.map((item) => item.id);
    return shown;
  }, [items, open, isKeeping]);
}
