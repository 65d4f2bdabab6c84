import type { Conversation } from '@/api/types';
import { compareTimes } from './order';

type Foresee = (conversation: Conversation) => Conversation;

interface Foreseen {
  /** As the server last told it. */
  truth: Conversation;
  /** The latest change that the stream has told of: an answer that is not later says nothing new. */
  told: string;
  changes: Foresee[];
}

/** Conversations that somebody here is changing: what the server says of them is kept apart from what its answer will make of it. */
const foreseen = new Map<string, Foreseen>();

const shown = ({ truth, changes }: Foreseen) => changes.reduce((conversation, change) => change(conversation), truth);

function learn(one: Foreseen, truth: Conversation): void {
  one.truth = truth;
  if (compareTimes(truth.updated_at, one.told) > 0) one.told = truth.updated_at;
}

/** The stream tells of a conversation: how it is to be shown while changes of it are under way. */
export function heard(truth: Conversation): Conversation {
  const one = foreseen.get(truth.id);
  if (!one) return truth;
  learn(one, truth);
  return shown(one);
}

/** A change that the server has not answered yet. Settling it, with the answer or without one, takes back this change only: what was
 * told meanwhile stays. */
export function foresee(before: Conversation, change: Foresee) {
  const one = foreseen.get(before.id) ?? { truth: before, told: before.updated_at, changes: [] };
  foreseen.set(before.id, one);
  one.changes.push(change);
  return {
    shown: shown(one),
    settle(answer?: Conversation): Conversation {
      one.changes.splice(one.changes.indexOf(change), 1);
      if (one.changes.length === 0) foreseen.delete(before.id);
      if (answer && compareTimes(answer.updated_at, one.told) > 0) learn(one, answer);
      return shown(one);
    },
  };
}
