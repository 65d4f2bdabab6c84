import { type KeyboardEvent, type PointerEvent, type RefObject, useLayoutEffect, useState } from 'react';
import { storage } from '@/api/storage';
import styles from './Splitter.module.css';

const STEP = 16;

/** The line between two panes: drag it, or move it with the arrow keys. Where it stands is remembered. */
export function Splitter({
  root,
  name,
  label,
  least,
  most,
  start,
  isRight = false,
}: {
  root: RefObject<HTMLElement | null>;
  name: string;
  label: string;
  least: number;
  most: number;
  start: number;
  /** True when the pane of this width is to its right. */
  isRight?: boolean;
}) {
  const [width, setWidth] = useState(() => storage.read(`width.${name}`, start));
  useLayoutEffect(() => root.current?.style.setProperty(`--${name}`, `${width}px`), [root, name, width]);

  const change = (next: number) => {
    const bounded = Math.round(Math.min(most, Math.max(least, next)));
    setWidth(bounded);
    storage.write(`width.${name}`, bounded);
  };

  function drag(event: PointerEvent<HTMLDivElement>) {
    if (event.button !== 0) return;
    event.preventDefault();
    const from = event.clientX;
    const handle = event.currentTarget;
    handle.setPointerCapture(event.pointerId);
    const move = (moved: globalThis.PointerEvent) => change(width + (moved.clientX - from) * (isRight ? -1 : 1));
    handle.addEventListener('pointermove', move);
    handle.addEventListener('lostpointercapture', () => handle.removeEventListener('pointermove', move), {
      once: true,
    });
  }

  function press(event: KeyboardEvent) {
    const step = event.key === 'ArrowRight' ? STEP : event.key === 'ArrowLeft' ? -STEP : 0;
    if (step === 0) return;
    event.preventDefault();
    change(width + (isRight ? -step : step));
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: an <hr> cannot be moved
    <div
      className={styles.line}
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={width}
      aria-valuemin={least}
      aria-valuemax={most}
      tabIndex={0}
      onPointerDown={drag}
      onKeyDown={press}
      onDoubleClick={() => change(start)}
    />
  );
}
