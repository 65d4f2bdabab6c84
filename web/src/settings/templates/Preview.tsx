import { FileText, Image, Link, MapPin, Phone, Reply, Video } from 'lucide-react';
import type { Template } from '@/api/types';
import { settingsWords } from '@/words/settings';
import { contentOf, piecesOf } from './content';
import styles from './templates.module.css';

const say = settingsWords.templates;
const media = { image: Image, video: Video, document: FileText, location: MapPin };
const signs: Record<string, typeof Link> = { url: Link, phone_number: Phone, quick_reply: Reply };

/** The message as the customer gets it, with the places of what is filled in. */
export function Preview({ template }: { template: Template }) {
  const content = contentOf(template);
  const Media = media[content.header?.format as keyof typeof media];
  return (
    <figure className={styles.stage} aria-label={say.preview(template.name)}>
      <div className={styles.bubble}>
        {Media && (
          <div className={styles.media}>
            <Media size={22} strokeWidth={1.5} aria-hidden />
          </div>
        )}
        {content.header?.text && (
          <p className={styles.header}>
            <Filled text={content.header.text} />
          </p>
        )}
        <p className={styles.body}>
          <Filled text={content.body} />
        </p>
        {content.footer && <p className={styles.footer}>{content.footer}</p>}
      </div>
      {content.buttons.map((button, position) => {
        const Sign = signs[button.type] ?? Reply;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a button is known by its position
          <div key={position} className={styles.button} title={button.url ?? button.phone_number}>
            <Sign size={14} aria-hidden />
            {button.text}
          </div>
        );
      })}
    </figure>
  );
}

function Filled({ text }: { text: string }) {
  return piecesOf(text).map((piece, index) =>
    piece.isVariable ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces never move
      <mark key={index}>{say.variable(piece.text)}</mark>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces never move
      <span key={index}>{piece.text}</span>
    ),
  );
}
