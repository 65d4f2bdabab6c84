import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Problem } from '@/api/problem';
import { newKey } from '@/api/secure';
import { reread } from '@/api/told';
import { notify } from '@/app/notices';
import { Ask } from '@/parts/Ask';
import { journalWords } from '@/words/journal';
import type { Filter } from './data';

const say = journalWords.many;

/** Everything that the sentence above says goes through once more; without a state in it, what failed. */
export function ReplayMany({ filter }: { filter: Filter }) {
  const [isAsking, setAsking] = useState(false);
  const status = (filter.status || 'failed') as 'failed' | 'processed' | 'unprocessed';
  const replay = useMutation<{ count: number; has_more: boolean }, Problem>({
    mutationFn: () =>
      ask(
        api.POST('/api/webhook-events/replay', {
          headers: { 'Idempotency-Key': newKey() },
          body: { status, integration_id: filter.integration || undefined, kind: filter.kind || undefined },
        }),
      ) as Promise<{ count: number; has_more: boolean }>,
    onSuccess: ({ count, has_more }) => {
      notify(has_more ? `${say.done(Number(count))} ${say.more}` : say.done(Number(count)));
      setAsking(false);
      reread(keys.journal);
    },
  });
  return (
    <>
      <Button variant="default" leftSection={<RotateCcw size={14} aria-hidden />} onClick={() => setAsking(true)}>
        {say.action}
      </Button>
      {isAsking && (
        <Ask
          title={say.title}
          text={say.text(say[status])}
          action={say.yes}
          isBusy={replay.isPending}
          problem={replay.error?.message}
          onYes={() => replay.mutate()}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
