import { Button } from '@mantine/core';
import { Check, Copy as CopyIcon } from 'lucide-react';
import { useEffect, useState } from 'react';
import { notify } from '@/app/notices';
import { words } from '@/words';
import styles from './Copy.module.css';

/** A text to take elsewhere, with a button that takes it. */
export function CopyLine({ text, label }: { text: string; label: string }) {
  return (
    <div className={styles.line}>
      <code>{text}</code>
      <CopyButton text={text} label={label} />
    </div>
  );
}

/** @param label what is copied, for those who do not see it. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const Icon = isCopied ? Check : CopyIcon;
  return (
    <Button
      variant="default"
      className={styles.button}
      leftSection={<Icon size={14} aria-hidden />}
      aria-label={`${words.copy}: ${label}`}
      onClick={async () => setCopied(await copyText(text))}
    >
      <span aria-live="polite">{isCopied ? words.copied : words.copy}</span>
    </Button>
  );
}

/** Takes a text along, and says whether that worked. */
export async function copyAndTell(text: string, told: string): Promise<void> {
  if (await copyText(text)) notify(told);
  else notify(words.notCopied, { isBad: true });
}

/** Browsers offer their clipboard only over https; a selection works everywhere. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    field.className = 'hidden-words';
    const focused = document.activeElement;
    // Inside a dialog, whatever lies outside it cannot be focused.
    (focused?.closest('[role="dialog"]') ?? document.body).append(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    if (focused instanceof HTMLElement) focused.focus();
    return done;
  }
}
