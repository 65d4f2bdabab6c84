interface Place {
  conversation: string;
  /** The first message in sight. */
  top: () => string | undefined;
}

type Line = { ask: string; conversation: string } | { seen: string };

const WAIT = 200;
let place: Place | undefined;

/** Somebody is at the page: it is in sight and what is typed goes there. */
export const isLooking = () => document.visibilityState === 'visible' && document.hasFocus();

/** Which conversation this tab shows, and where the reader is in it. */
export function readsAt(next: Place): () => void {
  place = next;
  return () => {
    if (place === next) place = undefined;
  };
}

/** The first message in sight, when this tab shows that conversation. */
export const topOf = (conversation: string) => (place?.conversation === conversation ? place.top() : undefined);

const isBeforeEyes = (conversation: string) => place?.conversation === conversation && isLooking();

const tabs = new BroadcastChannel('parley.reader');
const questions = new Map<string, () => void>();

tabs.onmessage = ({ data }: MessageEvent<Line>) => {
  if ('seen' in data) questions.get(data.seen)?.();
  else if (isBeforeEyes(data.conversation)) tabs.postMessage({ seen: data.ask } satisfies Line);
};

/** Whether somebody looks at a conversation, in this tab or in another one of this browser. Others are asked: what they once told
 * would be wrong when they crash. */
export async function isSeenSomewhere(conversation: string): Promise<boolean> {
  if (isBeforeEyes(conversation)) return true;
  const ask = `${Date.now()}.${Math.random()}`;
  const answer = new Promise<boolean>((done) => {
    questions.set(ask, () => done(true));
    setTimeout(() => done(false), WAIT);
  });
  tabs.postMessage({ ask, conversation } satisfies Line);
  return answer.finally(() => questions.delete(ask));
}
