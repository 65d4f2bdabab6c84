import { createTheme, Modal, Popover, Tooltip } from '@mantine/core';

/** What Mantine must know beside tokens.css. Its behaviour: nothing locks or shifts the page, and what floats comes fast. */
export const theme = createTheme({
  primaryColor: 'accent',
  colors: {
    // Mantine wants ten shades; what counts is in tokens.css.
    accent: [
      '#eef6f7',
      '#dceef0',
      '#b6dbe0',
      '#8cc7cf',
      '#63b0bb',
      '#3f97a5',
      '#0d6577',
      '#0b5f70',
      '#0a5363',
      '#08424f',
    ],
  },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // A locked page would need a <style> element, which our content policy refuses; our page does not scroll as a whole.
    Modal: Modal.extend({
      defaultProps: {
        lockScroll: false,
        overlayProps: { backgroundOpacity: 0.4 },
        transitionProps: { duration: 120 },
        centered: true,
      },
    }),
    ModalRoot: Modal.Root.extend({ defaultProps: { lockScroll: false, transitionProps: { duration: 120 } } }),
    ModalOverlay: Modal.Overlay.extend({ defaultProps: { backgroundOpacity: 0.4 } }),
    Popover: Popover.extend({ defaultProps: { transitionProps: { duration: 120 } } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 400, transitionProps: { duration: 80 } } }),
  },
});
