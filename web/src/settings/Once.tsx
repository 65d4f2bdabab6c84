import { Button } from '@mantine/core';
import { CopyLine } from '@/parts/Copy';
import { Dialog } from '@/parts/Dialog';
import { forms } from './forms';

/** What is shown this once: closing takes a deliberate click. */
export function Once({
  title,
  text,
  lines,
  done,
  onClose,
}: {
  title: string;
  text: string;
  lines: { label: string; text: string }[];
  done: string;
  onClose: () => void;
}) {
  return (
    <Dialog
      onClose={onClose}
      title={title}
      size={440}
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
    >
      <div className={forms.form}>
        <p>{text}</p>
        {lines.map((line) => (
          <div key={line.label}>
            <span className={forms.label}>{line.label}</span>
            <CopyLine text={line.text} label={line.label} />
          </div>
        ))}
        <div className={forms.end}>
          <Button onClick={onClose}>{done}</Button>
        </div>
      </div>
    </Dialog>
  );
}
