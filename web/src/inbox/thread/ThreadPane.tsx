import { useRef, useState } from 'react';
import { Problem } from '@/api/problem';
import type { Conversation } from '@/api/types';
import { Failed, Missing } from '@/parts/States';
import { words } from '@/words';
import { DropZone } from '../composer/DropZone';
import { Collision } from '../presence/Others';
import { ScheduledList } from '../schedule/ScheduledList';
import { prepare } from '../state/threads';
import { AccountLine } from './AccountLine';
import { BotLine } from './BotLine';
import { Thread } from './Thread';
import { ThreadHead } from './ThreadHead';
import { Writing } from './Writing';

/** One conversation: who it is with, what was said, and the field to answer in. */
export function ThreadPane({
  conversation,
  problem,
  onAgain,
  message,
  canWrite,
  panelIsOpen,
  onPanel,
  onBack,
  onMessage,
}: {
  conversation: Conversation | undefined;
  problem: Error | null;
  onAgain: () => void;
  message: string | undefined;
  canWrite: boolean;
  panelIsOpen: boolean;
  onPanel: () => void;
  onBack: () => void;
  onMessage: (id: string | undefined) => void;
}) {
  // A jump opens the thread anew, also to where it has been before.
  const [jumps, setJumps] = useState(0);
  const prepared = useRef<string>(undefined);
  const opening = `${message ?? 'latest'} ${jumps}`;
  if (conversation && prepared.current !== opening) {
    prepared.current = opening;
    prepare(conversation, message);
  }
  const jump = (to: string | undefined) => (to === message ? setJumps(jumps + 1) : onMessage(to));

  if (problem && !conversation) {
    const failure = Problem.of(problem);
    return failure.passes ? (
      <Failed problem={failure} onAgain={onAgain} />
    ) : (
      <Missing problem={failure} onBack={onBack} />
    );
  }
  if (!conversation) return <div role="status" aria-label={words.loading} />;
  return (
    <DropZone conversation={conversation} canWrite={canWrite}>
      <ThreadHead
        conversation={conversation}
        canWrite={canWrite}
        panelIsOpen={panelIsOpen}
        onPanel={onPanel}
        onBack={onBack}
      />
      <BotLine conversation={conversation} canWrite={canWrite} />
      <Thread key={opening} conversation={conversation} around={message} canWrite={canWrite} onMessage={jump} />
      <ScheduledList conversation={conversation} canWrite={canWrite} />
      <Collision conversation={conversation} />
      <AccountLine conversation={conversation} />
      {canWrite && <Writing conversation={conversation} onSend={() => message && jump(undefined)} />}
    </DropZone>
  );
}
