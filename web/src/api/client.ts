import createClient from 'openapi-fetch';
import { Problem } from './problem';
import type { paths } from './schema';

/** The server's API, typed from its own document. */
export const api = createClient<paths>({ baseUrl: '' });

const USER = 'X-Parley-User';
let speaker: string | undefined;

/** For whom this page speaks. Each request says so: the cookie is the whole browser's, and somebody else may have signed in beside
 * this tab. Then the server does not know us, rather than doing one person's work in another one's name. */
export function speakFor(user: string | undefined): void {
  speaker = user;
}

export const whoSpeaks = () => speaker;
export const inTheNameOf = (user: string | undefined): Record<string, string> => (user ? { [USER]: user } : {});

let began: Promise<void> | undefined;

/** What a signed-in page reads before its stream of changes begins may be older than the first of them: it waits for that. */
export function readAfter(stream: Promise<void>): void {
  began = stream;
}

api.use({
  async onRequest({ request }) {
    if (speaker && !request.headers.has(USER)) request.headers.set(USER, speaker);
    if (speaker && request.method === 'GET') await began;
  },
});

let whenSessionIsLost: () => void = () => {};

/** Who shall hear that the server no longer knows us. */
export function onSessionLost(listener: () => void): void {
  whenSessionIsLost = listener;
}

let whenRefused: () => void = () => {};

/** Who shall hear that the server refused what this page offered: the role may be another by now. */
export function onRefused(listener: () => void): void {
  whenRefused = listener;
}

interface Answered<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data of an answer; everything else is thrown as a {@link Problem}. */
export async function ask<T>(request: Promise<Answered<T>>, { silent = false } = {}): Promise<T> {
  let answer: Answered<T>;
  try {
    answer = await request;
  } catch (failure) {
    if (failure instanceof DOMException && failure.name === 'AbortError') throw failure;
    throw Problem.unreachable();
  }
  if (answer.response.ok) return answer.data as T;
  if (answer.response.status === 401 && !silent) whenSessionIsLost();
  if (answer.response.status === 403) whenRefused();
  throw Problem.from(answer.response.status, answer.error);
}
