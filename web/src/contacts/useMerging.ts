import { useMutation } from '@tanstack/react-query';
import { Problem } from '@/api/problem';
import { notify } from '@/app/notices';
import { words } from '@/words';
import { contactWords } from '@/words/contacts';
import { mergeContacts, undoMerge } from './data';

/** Makes one of two, [who stays, who goes], and offers the way back. */
export const useMerging = () =>
  useMutation({
    mutationFn: ([stays, goes]: [string, string]) => mergeContacts(stays, goes),
    onSuccess: (merge) =>
      notify(contactWords.merged, {
        action: {
          name: words.inbox.undo,
          run: () =>
            undoMerge((merge as { id: string }).id).catch((failure) =>
              notify(Problem.of(failure).message, { isBad: true }),
            ),
        },
      }),
    onError: (failure) => notify(Problem.of(failure).message, { isBad: true }),
  });
