import { afterEach, expect, test, vi } from 'vitest';
import { api, readAfter, speakFor } from './client';

afterEach(() => {
  speakFor(undefined);
  vi.unstubAllGlobals();
});

test('who is signed in reads nothing before the stream of changes began, and writes at once', async () => {
  const asked: string[] = [];
  const answer = async ({ method, url }: Request) => {
    asked.push(`${method} ${new URL(url).pathname}`);
    return Response.json({});
  };
  const client = { fetch: answer, baseUrl: 'http://parley.test' };
  let begin = () => {};
  readAfter(new Promise((done) => (begin = done)));
  await api.GET('/api/me', client); // who am I? Nobody is signed in yet.
  speakFor('eva');
  const reading = api.GET('/api/labels', client);
  await api.POST('/api/labels', { ...client, body: { name: 'VIP', color: '#123456' } });
  expect(asked).toEqual(['GET /api/me', 'POST /api/labels']);
  begin();
  await reading;
  expect(asked.at(-1)).toBe('GET /api/labels');
});
