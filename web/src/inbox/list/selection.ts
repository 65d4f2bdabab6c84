import { useCallback, useMemo, useRef, useState } from 'react';

/** What is chosen after a row was: alone it comes or goes; with a range, all between it and the one chosen before come too. */
export function choose(
  chosen: ReadonlySet<string>,
  id: string,
  { order, from }: { order: readonly string[]; from?: string },
): Set<string> {
  const next = new Set(chosen);
  const at = order.indexOf(id);
  const start = from === undefined ? -1 : order.indexOf(from);
  if (start >= 0 && at >= 0) {
    for (const one of order.slice(Math.min(start, at), Math.max(start, at) + 1)) next.add(one);
    return next;
  }
  if (!next.delete(id)) next.add(id);
  return next;
}

export interface Selection {
  ids: ReadonlySet<string>;
  toggle: (id: string) => void;
  /** All from the one chosen last, or the open one, to this. */
  reach: (id: string) => void;
  clear: () => void;
}

const none: ReadonlySet<string> = new Set();

/** Conversations chosen to do the same to all of them. What leaves the list is not chosen any more. */
export function useSelection(order: readonly string[], open: string | undefined): Selection {
  const [chosen, setChosen] = useState(none);
  const latest = useRef({ order, open, last: undefined as string | undefined });
  latest.current = { ...latest.current, order, open };
  const ids = useMemo(() => {
    if (chosen.size === 0) return none;
    const listed = new Set(order);
    return new Set([...chosen].filter((id) => listed.has(id)));
  }, [chosen, order]);
  const toggle = useCallback((id: string) => {
    latest.current.last = id;
    setChosen((before) => choose(before, id, latest.current));
  }, []);
  const reach = useCallback((id: string) => {
    const { last, open, order } = latest.current;
    latest.current.last = id;
    setChosen((before) => choose(before, id, { order, from: before.size > 0 ? last : open }));
  }, []);
  const clear = useCallback(() => {
    latest.current.last = undefined;
    setChosen(none);
  }, []);
  return useMemo(() => ({ ids, toggle, reach, clear }), [ids, toggle, reach, clear]);
}
