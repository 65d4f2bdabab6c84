import { memo, type ReactNode } from 'react';
import { type Block, blocksOf, type Piece } from './markdown';
import styles from './notes.module.css';

/** Markdown as elements: text stays text, whatever it looks like. */
export const NoteText = memo(function NoteText({ text }: { text: string }) {
  return (
    <div className={styles.text} dir="auto">
      {blocksOf(text).map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text keep their order
        <Part key={index} block={block} />
      ))}
    </div>
  );
});

function Part({ block }: { block: Block }) {
  if (block.kind === 'pre') return <pre>{block.text}</pre>;
  // biome-ignore lint/suspicious/noArrayIndexKey: the lines of one text keep their order
  const items = block.lines.map((pieces, index) => <li key={index}>{inline(pieces)}</li>);
  if (block.kind === 'ul') return <ul>{items}</ul>;
  if (block.kind === 'ol') return <ol>{items}</ol>;
  const lines = block.lines.map((pieces, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the lines of one text keep their order
    <span key={index} className={styles.line}>
      {inline(pieces)}
    </span>
  ));
  if (block.kind === 'quote') return <blockquote>{lines}</blockquote>;
  return <p className={block.kind === 'heading' ? styles.heading : undefined}>{lines}</p>;
}

function inline(pieces: Piece[]): ReactNode {
  return pieces.map((piece, index) => {
    // The pieces of one text keep their order.
    const key = `${index}`;
    switch (piece.kind) {
      case 'strong':
        return <strong key={key}>{piece.text}</strong>;
      case 'em':
        return <em key={key}>{piece.text}</em>;
      case 'code':
        return <code key={key}>{piece.text}</code>;
      case 'mention':
        return (
          <b key={key} className={styles.mention}>
            @{piece.text}
          </b>
        );
      case 'link':
        return (
          <a key={key} href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
            {piece.text}
          </a>
        );
      default:
        return piece.text;
    }
  });
}
