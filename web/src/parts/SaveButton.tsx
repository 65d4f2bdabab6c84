import { Button } from '@mantine/core';
import { Check } from 'lucide-react';
import { words } from '@/words';

/** Says how the saving goes: nothing to save, saving, saved. */
export function SaveButton({
  saving,
  isChanged,
  name = words.save,
}: {
  saving: { isPending: boolean; isSuccess: boolean };
  isChanged: boolean;
  name?: string;
}) {
  const isSaved = saving.isSuccess && !isChanged;
  return (
    <Button
      type="submit"
      loading={saving.isPending}
      // Still there for the keyboard: a disabled button would throw the focus away.
      data-disabled={!isChanged || undefined}
      aria-disabled={!isChanged}
      onClick={(event) => !isChanged && event.preventDefault()}
      leftSection={isSaved && <Check size={14} aria-hidden />}
    >
      <span aria-live="polite">{isSaved ? words.saved : name}</span>
    </Button>
  );
}
