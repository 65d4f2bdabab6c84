import { useEffect, useState, useSyncExternalStore } from 'react';
import { live } from '@/api/live';
import { words } from '@/words';
import styles from './Shell.module.css';

const PATIENCE = 1500;

/** A quiet line while the stream is lost; a hiccup is not worth one. */
export function LiveBanner() {
  const state = useSyncExternalStore(live.watchState, () => live.state);
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    if (state !== 'lost') return setShown(false);
    const timer = setTimeout(() => setShown(true), PATIENCE);
    return () => clearTimeout(timer);
  }, [state]);
  return (
    <div role="status">
      {isShown && (
        <div className={styles.banner}>
          {navigator.onLine ? words.live.lost : words.live.offline}
          {navigator.onLine && (
            <button type="button" onClick={() => live.reconnect()}>
              {words.live.now}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
