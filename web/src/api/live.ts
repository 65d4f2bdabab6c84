import { inTheNameOf, readAfter } from './client';
import { withLock } from './secure';
import type { FeedEvent, Presence } from './types';

/** What the page knows about its stream of changes. */
export type LiveState = 'starting' | 'live' | 'lost';

type Line =
  | { kind: 'event'; event: FeedEvent }
  | { kind: 'presence'; changes: Presence[] }
  | { kind: 'state'; state: LiveState; seq: number }
  | { kind: 'hello' };
type Listener = (event: FeedEvent | 'reset') => void;

const LONGEST_PAUSE = 20_000;
const WAIT_FOR_START = 1000;
const LONGEST_SILENCE = 45_000; // the server beats every 20 seconds

/**
 * The stream of changes. One tab of the browser listens for all of them (the one that holds the lock): browsers open only a
 * few connections to a server. Each tab remembers how far it has come, so whichever takes over resumes where it was itself.
 */
class Live {
  #channel: BroadcastChannel | undefined;
  #user = '';
  #listeners = new Set<Listener>();
  #stateListeners = new Set<() => void>();
  #presenceListeners = new Set<(changes: Presence[]) => void>();
  #line: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #seq = -1;
  #tries = 0;
  #state: LiveState = 'starting';
  #leads = false;
  /** Readers did not wait longer: what they read may be older than what the stream begins with. */
  #startsLate = false;
  #onRefused: () => void = () => {};
  #started!: () => void;
  /** What is read before the stream began may be older than its first event: readers wait for it, but not for long. */
  readonly ready: Promise<void> = new Promise((done) => {
    this.#started = done;
  });

  get state(): LiveState {
    return this.#state;
  }

  /** Exactly one tab of the browser leads: it listens, and shows notifications. */
  get leads(): boolean {
    return this.#leads;
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  watchState = (listener: () => void): (() => void) => {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  };

  /** Who comes, moves and goes: it has no number, and nobody hears it later. */
  onPresence(listener: (changes: Presence[]) => void): void {
    this.#presenceListeners.add(listener);
  }

  /**
   * @param user whose changes they are: tabs of somebody else in this browser have a stream of their own.
   * @param onRefused hears that the server no longer knows us.
   */
  start(user: string, onRefused: () => void): void {
    if (this.#channel) return;
    this.#user = user;
    this.#onRefused = onRefused;
    this.#channel = new BroadcastChannel(`parley.live.${user}`);
    this.#channel.onmessage = ({ data }: MessageEvent<Line>) => this.#hear(data);
    this.#post({ kind: 'hello' });
    void withLock(`parley.live.${user}`, () => {
      this.#leads = true;
      void this.#connect();
      return new Promise(() => {}); // held until the tab closes
    });
    addEventListener('online', () => this.reconnect());
    addEventListener('offline', () => this.#lose());
    // A computer that slept has a connection that looks alive and is not.
    let seen = Date.now();
    setInterval(() => {
      if (Date.now() - seen > 60_000) this.reconnect();
      seen = Date.now();
    }, 15_000);
    setTimeout(() => {
      if (this.#seq >= 0) return;
      this.#startsLate = true;
      this.#started();
    }, WAIT_FOR_START);
  }

  reconnect(): void {
    this.#tries = 0;
    if (this.#leads) void this.#connect();
  }

  #hear(line: Line): void {
    if (line.kind === 'hello') {
      if (this.#leads) this.#tell();
      return;
    }
    if (this.#leads) return; // where there are no locks each tab listens by itself
    if (line.kind === 'event') {
      this.#take(line.event);
      return;
    }
    if (line.kind === 'presence') {
      this.#meet(line.changes);
      return;
    }
    // The one who listens tells each event before it tells how far it is: what has not come here by then was lost.
    const isBehind = this.#seq >= 0 && line.seq > this.#seq;
    if (isBehind || this.#seq < 0) this.#seq = line.seq;
    // Where it is known how far the stream has come, what is read is not older: also while the line is down.
    if (this.#seq >= 0) this.#started();
    this.#become(line.state);
    if (isBehind || this.#wasLate()) this.#give('reset');
  }

  // Not an EventSource: that hides the status of a refusal and the beats of a quiet line, and hears only the types it was told.
  async #connect(): Promise<void> {
    clearTimeout(this.#timer);
    this.#line?.abort();
    const line = new AbortController();
    this.#line = line;
    let silence: ReturnType<typeof setTimeout> | undefined;
    const beat = () => {
      clearTimeout(silence);
      silence = setTimeout(() => line.abort(), LONGEST_SILENCE);
    };
    try {
      beat();
      const answer = await fetch(this.#seq < 0 ? '/api/events' : `/api/events?last_event_id=${this.#seq}`, {
        signal: line.signal,
        headers: { accept: 'text/event-stream', ...inTheNameOf(this.#user) },
        cache: 'no-store',
      });
      if (answer.status === 401) this.#onRefused();
      if (!answer.ok || !answer.body) throw new Error(`The stream was refused: ${answer.status}`);
      this.#tries = 0;
      if (this.#seq >= 0) this.#become('live');
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      const frames = new Frames();
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        beat();
        for (const data of frames.add(part.value)) this.#read(JSON.parse(data) as FeedEvent);
      }
    } catch {
      // Lost, for whatever reason: what counts is to come back.
    } finally {
      clearTimeout(silence);
    }
    if (line === this.#line) this.#lose();
  }

  #meet(changes: Presence[]): void {
    for (const listener of this.#presenceListeners) listener(changes);
  }

  #read(told: FeedEvent | { type: 'presence'; changes: Presence[] }): void {
    if ('changes' in told) {
      this.#post({ kind: 'presence', changes: told.changes });
      this.#meet(told.changes);
      return;
    }
    const event = told;
    if (event.type !== 'ready') this.#post({ kind: 'event', event });
    this.#take(event);
  }

  #take(event: FeedEvent): void {
    // Other conversations are seen now than before.
    if (event.type === 'sight.changed') {
      this.#seq = Math.max(this.#seq, event.seq);
      this.#give('reset');
      return;
    }
    // "reset" may set the count back: the database has begun another life.
    if (event.type !== 'reset' && event.seq <= this.#seq) return;
    // The numbers have no gap: a tab that was frozen may have lost what it was told meanwhile.
    // (What is kept from who does not see everything is told as skipped, from one number to another.)
    const isSkipped = event.type === 'skipped';
    const from = isSkipped ? Number((event as FeedEvent & { from: number }).from) : event.seq;
    const hasGap = this.#seq >= 0 && from > this.#seq + 1;
    this.#seq = event.seq;
    if (event.type === 'ready') this.#become('live');
    if (event.type === 'reset' || hasGap || this.#wasLate()) this.#give('reset');
    else if (event.type !== 'ready' && !isSkipped) this.#give(event);
  }

  #wasLate(): boolean {
    const wasLate = this.#startsLate;
    if (this.#seq >= 0) this.#startsLate = false;
    return wasLate && this.#seq >= 0;
  }

  #give(event: FeedEvent | 'reset'): void {
    for (const listener of this.#listeners) listener(event);
  }

  #lose(): void {
    this.#line?.abort();
    this.#become('lost');
    if (!this.#leads) return;
    clearTimeout(this.#timer);
    const pause = Math.min(LONGEST_PAUSE, 500 * 2 ** this.#tries++) * (0.5 + Math.random());
    this.#timer = setTimeout(() => void this.#connect(), pause);
  }

  #become(state: LiveState): void {
    if (state === 'live') this.#started();
    if (state === this.#state) return;
    this.#state = state;
    if (this.#leads) this.#tell();
    for (const listener of this.#stateListeners) listener();
  }

  #tell(): void {
    this.#post({ kind: 'state', state: this.#state, seq: this.#seq });
  }

  #post(line: Line): void {
    this.#channel?.postMessage(line);
  }
}

/** Server-Sent Events, as they come in parts: gives what stands in "data:" of each that is whole. */
export class Frames {
  #rest = '';

  add(part: string): string[] {
    const frames = (this.#rest + part).split('\n\n');
    this.#rest = frames.pop() ?? '';
    return frames
      .map((frame) =>
        frame
          .split('\n')
          .filter((line) => line.startsWith('data:'))
          .map((line) => line.slice(5).trimStart())
          .join('\n'),
      )
      .filter((data) => data.length > 0);
  }
}

export const live = new Live();
readAfter(live.ready);
