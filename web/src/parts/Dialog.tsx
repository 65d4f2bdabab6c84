import { Modal, type ModalProps } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { words } from '@/words';

/** A dialog that is there as long as it is open. */
export function Dialog(props: Omit<ModalProps, 'opened' | 'closeButtonProps'>) {
  useFocusBack();
  return <Modal opened closeButtonProps={{ 'aria-label': words.close }} {...props} />;
}

/** When this is gone, what had the focus before has it again, unless something else took it. (Mantine does so only for a
 * dialog that stays and is closed.) */
export function useFocusBack(): void {
  const before = useRef(document.activeElement);
  useEffect(
    () => () => {
      if (document.activeElement && document.activeElement !== document.body) return;
      if (before.current instanceof HTMLElement) before.current.focus({ preventScroll: true });
    },
    [],
  );
}
