import { type MouseEvent, type PointerEvent, useEffect, useRef } from 'react';

const LONG = 450;
/** A finger that moves so far scrolls. */
const SLACK = 10;

/** A touch that rests does something of its own; the click and the browser's menu that follow it are not for anybody. */
export function useLongPress(run: (() => void) | undefined) {
  const state = useRef({ timer: undefined as number | undefined, isTouch: false, wasLong: false, x: 0, y: 0 });
  const latest = useRef(run);
  latest.current = run;
  const stop = () => clearTimeout(state.current.timer);
  useEffect(() => () => clearTimeout(state.current.timer), []);
  return {
    isTouch: () => state.current.isTouch,
    tookClick: () => state.current.wasLong,
    on: {
      onPointerDown: (event: PointerEvent) => {
        stop();
        const { clientX: x, clientY: y } = event;
        state.current = { timer: undefined, isTouch: event.pointerType === 'touch', wasLong: false, x, y };
        if (!state.current.isTouch || !latest.current) return;
        state.current.timer = window.setTimeout(() => {
          state.current.wasLong = true;
          latest.current?.();
        }, LONG);
      },
      onPointerMove: (event: PointerEvent) => {
        if (Math.hypot(event.clientX - state.current.x, event.clientY - state.current.y) > SLACK) stop();
      },
      onPointerUp: stop,
      onPointerCancel: stop,
      onContextMenu: (event: MouseEvent) => {
        if (state.current.isTouch && latest.current) event.preventDefault();
      },
    },
  };
}
