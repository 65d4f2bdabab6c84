/** A stretch of a line. */
export type Piece =
  | { kind: 'text' | 'strong' | 'em' | 'code'; text: string }
  | { kind: 'link'; text: string; href: string }
  | { kind: 'mention'; text: string; user: string };

/** A part of a note. */
export type Block =
  | { kind: 'p' | 'quote' | 'heading'; lines: Piece[][] }
  | { kind: 'ul' | 'ol'; lines: Piece[][] }
  | { kind: 'pre'; text: string };

// In the order in which they are tried at each place. Nothing here ever becomes HTML: pieces are drawn as elements with text.
const INLINE =
  /`([^`\n]+)`|@\[([^[\]\r\n]{1,150})\]\(user:([0-9a-f-]{36})\)|\[([^[\]\n]{1,300})\]\((https?:\/\/[^\s()]+)\)|(https?:\/\/[^\s<>"'`]+[^\s<>"'`.,;:!?)\]])|\*\*([^*\n]+)\*\*|\*([^*\n]+)\*|_([^_\n]+)_(?!\w)/giu;

/** The pieces of a line. */
export function piecesOf(line: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of line.matchAll(INLINE)) {
    const [all, code, name, user, label, address, bare, strong, star, under] = match;
    const piece: Piece | undefined = code
      ? { kind: 'code', text: code }
      : name && user
        ? { kind: 'mention', text: name, user }
        : label && address
          ? link(label, address)
          : bare
            ? link(bare, bare)
            : strong
              ? { kind: 'strong', text: strong }
              : star || under
                ? { kind: 'em', text: (star ?? under) as string }
                : undefined;
    if (!piece) continue;
    if (match.index > end) pieces.push({ kind: 'text', text: line.slice(end, match.index) });
    pieces.push(piece);
    end = match.index + all.length;
  }
  if (end < line.length) pieces.push({ kind: 'text', text: line.slice(end) });
  return pieces;
}

function link(text: string, address: string): Piece | undefined {
  if (!URL.canParse(address)) return undefined;
  const { href, protocol } = new URL(address);
  return protocol === 'https:' || protocol === 'http:' ? { kind: 'link', text, href } : undefined;
}

const kinds: [RegExp, 'ul' | 'ol' | 'quote' | 'heading'][] = [
  [/^\s{0,3}[-*+]\s+(.*)$/u, 'ul'],
  [/^\s{0,3}\d{1,9}[.)]\s+(.*)$/u, 'ol'],
  [/^\s{0,3}>\s?(.*)$/u, 'quote'],
  [/^\s{0,3}#{1,6}\s+(.*)$/u, 'heading'],
];

/** The parts of a note: paragraphs, lists, quotes, headings and code. What is nothing of these is text. */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  const lines = text.split(/\r?\n/u);
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] as string;
    if (/^\s{0,3}```/u.test(line)) {
      const end = lines.findIndex((other, at) => at > index && /^\s{0,3}```\s*$/u.test(other));
      const last = end < 0 ? lines.length : end;
      blocks.push({ kind: 'pre', text: lines.slice(index + 1, last).join('\n') });
      index = last;
      continue;
    }
    if (line.trim() === '') {
      blocks.push({ kind: 'p', lines: [] });
      continue;
    }
    const found = kinds.map(([pattern, kind]) => ({ kind, match: pattern.exec(line) })).find(({ match }) => match);
    const kind = found?.kind ?? 'p';
    const pieces = piecesOf(found?.match?.[1] ?? line);
    const before = blocks.at(-1);
    if (before && before.kind === kind && kind !== 'heading' && before.lines.length > 0) before.lines.push(pieces);
    else blocks.push({ kind, lines: [pieces] } as Block);
  }
  return blocks.filter((block) => block.kind === 'pre' || block.lines.length > 0);
}
