/** What a channel takes in one message. For those that are not named, what our own server takes. */
const longest: Record<string, number> = { whatsapp: 4096, sms: 1600 };
const LONGEST_OF_ALL = 65_536;
/** Words that go along with a file. */
const LONGEST_BESIDE_FILE = 1024;
/** So near to the end one wants to know. */
const NEAR = 200;

export const longestFor = (channel: string, isBesideFile = false) =>
  Math.min(longest[channel] ?? LONGEST_OF_ALL, isBesideFile ? LONGEST_BESIDE_FILE : LONGEST_OF_ALL);

/** How much room is left, where that matters: below zero it is too long. */
export function roomIn(text: string, most: number): number | undefined {
  const left = most - text.trim().length;
  return left <= NEAR ? left : undefined;
}

/** The text in parts that fit, cut where a reader would pause: at a paragraph, a line, a sentence, a word. Nothing but white space is lost. */
export function partsOf(text: string, most: number): string[] {
  const parts: string[] = [];
  let rest = text.trim();
  while (rest.length > most) {
    const at = pauseIn(rest, most);
    parts.push(rest.slice(0, at).trimEnd());
    rest = rest.slice(at).trimStart();
  }
  return rest ? [...parts, rest] : parts;
}

function pauseIn(text: string, most: number): number {
  const head = text.slice(0, most + 1);
  for (const pause of [/\n\s*\n/g, /\n/g, /[.!?…。！？]\s/g, /\s/g]) {
    const at = [...head.matchAll(pause)]
      .map((found) => found.index + found[0].trimEnd().length)
      .findLast((end) => end <= most);
    // A pause near the beginning would make a crumb of a part.
    if (at !== undefined && at > most / 2) return at;
  }
  // Never between the two halves of one sign.
  return /[\uD800-\uDBFF]/.test(text.charAt(most - 1)) ? most - 1 : most;
}
