import { useMutation } from '@tanstack/react-query';
import { Bot } from 'lucide-react';
import { api, ask } from '@/api/client';
import type { Problem } from '@/api/problem';
import type { Conversation } from '@/api/types';
import { notify } from '@/app/notices';
import { botWords } from '@/words/bot';
import styles from './BotLine.module.css';

const say = botWords.thread;

/** Whether the bot answers in this conversation, and if not, why. Nothing where the account has none. */
export function BotLine({ conversation, canWrite }: { conversation: Conversation; canWrite: boolean }) {
  const isActive = conversation.bot_state === 'active';
  const change = useMutation<unknown, Problem>({
    mutationFn: () =>
      ask(
        api.POST('/api/conversations/{id}/bot', {
          params: { path: { id: conversation.id } },
          body: { state: isActive ? 'paused' : 'active' },
        }),
      ),
    onError: (problem) => notify(problem.message, { isBad: true }),
  });
  if (!conversation.bot_state) return null;
  return (
    <div className={styles.line} role="status" data-state={conversation.bot_state}>
      <Bot size={15} aria-hidden />
      <span>
        {isActive
          ? say.active
          : `${conversation.bot_state === 'paused' ? say.paused : say.handed_over} ${conversation.bot_reason ?? ''}`}
      </span>
      {canWrite && (
        <button type="button" disabled={change.isPending} onClick={() => change.mutate()}>
          {isActive ? say.pause : say.resume}
        </button>
      )}
    </div>
  );
}
