import { useQuery } from '@tanstack/react-query';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { Problem } from '@/api/problem';
import { newKey } from '@/api/secure';
import { reread } from '@/api/told';
import type { FeedEvent, Message, Page, ScheduledMessage } from '@/api/types';
import { notify } from '@/app/notices';
import { soon } from '@/parts/dates';
import { words } from '@/words';
import { bodiesOf } from '../composer/send';
import { drafts } from '../state/drafts';

const say = words.scheduling;

/** When, as the server wants to be told: a wall clock's time, and where that clock hangs. */
export interface When {
  scheduled_at: string;
  time_zone: string;
}

export const listScheduled = (query: { conversation_id?: string; cursor?: string; limit?: number }) =>
  ask(api.GET('/api/scheduled-messages', { params: { query } })) as Promise<Page<ScheduledMessage>>;

/** What waits in a conversation. */
export const useScheduled = (conversation: string) =>
  useQuery({
    queryKey: keys.scheduledIn(conversation),
    queryFn: async () => (await listScheduled({ conversation_id: conversation, limit: 50 })).items,
  });

/** True for a line of the feed that is about what waits, or has just left. */
export const isAboutSchedule = (event: FeedEvent) =>
  event.type === 'message.scheduled' ||
  event.type === 'message.cancelled' ||
  (event.type === 'message.created' && Boolean(event.message?.scheduled_at));

export const refreshScheduled = () => reread(keys.scheduled);

/** Puts what was written aside until then; what the server has is no longer in the draft. */
export async function schedule(conversation: string, channel: string, when: When): Promise<boolean> {
  const draft = drafts.read(conversation);
  let last: Message | undefined;
  try {
    const bodies = bodiesOf(channel, draft);
    for (const [index, { body, file }] of bodies.entries()) {
      last = (await ask(
        api.POST('/api/conversations/{id}/messages', {
          params: { path: { id: conversation } },
          body: { ...body, ...when },
          headers: { 'Idempotency-Key': newKey() },
        }),
      )) as Message;
      const left = drafts.read(conversation);
      drafts.write(conversation, {
        text: body.content
          ? bodies
              .slice(index + 1)
              .map((one) => one.body.content ?? '')
              .join(' ')
              .trim()
          : left.text,
        files: left.files?.filter((one) => one.id !== file?.id),
      });
    }
    if (last?.scheduled_at) notify(say.done(soon(new Date(last.scheduled_at))));
  } catch (failure) {
    notify(Problem.of(failure).message, { isBad: true });
    last = undefined;
  }
  refreshScheduled();
  return last !== undefined;
}

export async function sendNow(id: string): Promise<void> {
  await run(async () => {
    await ask(
      api.POST('/api/scheduled-messages/{id}/send', {
        params: { path: { id } },
        headers: { 'Idempotency-Key': newKey() },
      }),
    );
    notify(say.sent);
  });
}

export async function cancel(id: string): Promise<void> {
  await run(async () => {
    await ask(api.DELETE('/api/scheduled-messages/{id}', { params: { path: { id } } }));
    notify(say.cancelled);
  });
}

async function run(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (failure) {
    notify(Problem.of(failure).message, { isBad: true });
  }
  refreshScheduled();
}
