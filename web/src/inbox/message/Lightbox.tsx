import { Modal } from '@mantine/core';
import { words } from '@/words';
import styles from './Content.module.css';

/** A picture, as large as there is room. */
export function Lightbox({ url, name, onClose }: { url: string; name: string; onClose: () => void }) {
  return (
    <Modal
      opened
      onClose={onClose}
      size="auto"
      padding="xs"
      title={name}
      closeButtonProps={{ 'aria-label': words.close }}
    >
      <a href={`${url}?download=true`} download title={words.inbox.files.download}>
        <img className={styles.large} src={url} alt={name} />
      </a>
    </Modal>
  );
}
