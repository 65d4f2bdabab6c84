import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Row } from './rows';

const AHEAD = 900; // how near to an end the next stretch is asked for
const AT_END = 48;

const BEFORE_NEW = 64; // how far from the top the line of new ones stands

function farthest(box: HTMLDivElement, isUnseen: boolean): number {
  const line = isUnseen && box.querySelector('[data-row="new"]');
  if (!line) return box.scrollHeight;
  return box.scrollTop + line.getBoundingClientRect().top - box.getBoundingClientRect().top - BEFORE_NEW;
}

const sizeOf = (box: Element) => `${box.clientHeight}/${box.scrollHeight}`;

interface Options {
  rows: Row[];
  isReady: boolean;
  /** The row to open at; without one it is the end. */
  target: string | undefined;
  isCentred: boolean;
  older: (() => unknown) | undefined;
  newer: (() => unknown) | undefined;
  reachesNow: boolean;
  /** Nobody looks: what comes is followed only as far as the line of new ones stays in sight. */
  isUnseen: boolean;
  /** The last message of one's own that is on its way: sending it goes to the end. */
  sent: string | undefined;
}

/** Opens at the right place, stays at the end while one is there, and otherwise keeps what one reads where it is, whatever
 * comes above or below. (The browser's own anchoring is off: not every browser has it, and two would add up.) */
export function useThreadScroll(scroller: RefObject<HTMLDivElement | null>, options: Options) {
  const latest = useRef(options);
  latest.current = options;
  const anchor = useRef<{ row: Element; top: number; scrolled: number }>(undefined);
  const isAtEnd = useRef(true);
  const size = useRef('');
  const isPlaced = useRef(false);
  const [isAway, setAway] = useState(false);
  const [endIsSeen, setEndIsSeen] = useState(false);

  const ask = useCallback(() => {
    const box = scroller.current;
    if (!box || !isPlaced.current) return;
    if (box.scrollTop < AHEAD) latest.current.older?.();
    if (box.scrollHeight - box.scrollTop - box.clientHeight < AHEAD) latest.current.newer?.();
  }, [scroller]);

  /** Remembers the first row in sight and where it stands. */
  const remember = useCallback(() => {
    const box = scroller.current;
    if (!box) return;
    size.current = sizeOf(box);
    isAtEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < AT_END;
    setAway(box.scrollHeight - box.scrollTop - box.clientHeight > box.clientHeight);
    setEndIsSeen(isAtEnd.current && latest.current.reachesNow);
    const rows = box.querySelector('[role="log"]')?.children;
    if (!rows || rows.length === 0) return;
    let low = 0;
    let high = rows.length - 1;
    const edge = box.getBoundingClientRect().top;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((rows[middle] as Element).getBoundingClientRect().bottom > edge) high = middle;
      else low = middle + 1;
    }
    // The line of a day goes up with the older messages of that day: nothing to hold on to.
    while (low < rows.length - 1 && !rows[low]?.hasAttribute('data-row')) low += 1;
    const row = rows[low] as Element;
    anchor.current = { row, top: row.getBoundingClientRect().top, scrolled: box.scrollTop };
  }, [scroller]);

  /** After anything changed its height. */
  const settle = useCallback(() => {
    const box = scroller.current;
    if (!box || !isPlaced.current) return;
    if (isAtEnd.current && latest.current.reachesNow)
      box.scrollTop = Math.max(box.scrollTop, farthest(box, latest.current.isUnseen));
    else if (anchor.current?.row.isConnected) {
      // What the reader has scrolled since, before its event came, is theirs.
      const expected = anchor.current.top - (box.scrollTop - anchor.current.scrolled);
      const moved = anchor.current.row.getBoundingClientRect().top - expected;
      if (Math.abs(moved) > 0.5) box.scrollTop += moved;
    }
    remember();
    ask();
  }, [scroller, remember, ask]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: rows are what changes heights
  useLayoutEffect(() => {
    const box = scroller.current;
    if (!box || !options.isReady) return;
    if (isPlaced.current) return settle();
    isPlaced.current = true;
    const target = options.target && box.querySelector(`[data-row="${CSS.escape(options.target)}"]`);
    if (target) {
      const into = options.isCentred ? (box.clientHeight - target.clientHeight) / 2 : BEFORE_NEW;
      box.scrollTop += target.getBoundingClientRect().top - box.getBoundingClientRect().top - Math.max(16, into);
    } else box.scrollTop = box.scrollHeight;
    remember();
    ask();
  }, [options.rows, options.isReady, settle]);

  useEffect(() => {
    const box = scroller.current;
    const inside = box?.querySelector('[role="log"]');
    if (!box || !inside) return;
    const scrolled = () => {
      // The event of an earlier scroll may come when something has grown since: that is not the reader leaving the end.
      if (sizeOf(box) !== size.current) return settle();
      remember();
      ask();
    };
    box.addEventListener('scroll', scrolled, { passive: true });
    // Pictures that come, a panel that opens, a keyboard that rises.
    const sizes = new ResizeObserver(settle);
    sizes.observe(box);
    sizes.observe(inside);
    return () => {
      box.removeEventListener('scroll', scrolled);
      sizes.disconnect();
    };
  }, [scroller, remember, ask, settle]);

  const toEnd = useCallback(() => {
    const box = scroller.current;
    if (!box) return;
    size.current = sizeOf(box);
    isAtEnd.current = true;
    box.scrollTop = box.scrollHeight;
  }, [scroller]);

  const { sent } = options;
  const before = useRef(sent);
  useLayoutEffect(() => {
    if (sent && sent !== before.current) toEnd();
    before.current = sent;
  }, [sent, toEnd]);

  /** The first message in sight. */
  const top = useCallback(() => anchor.current?.row.getAttribute('data-row') ?? undefined, []);

  return { isAway, endIsSeen, toEnd, top };
}
