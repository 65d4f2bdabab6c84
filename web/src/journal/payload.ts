/** More than this is not read by anybody on a page; the whole can be downloaded. */
export const MOST_SHOWN = 200_000;

/** The bytes as they came. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/** The body for reading. Laid out from its own text, so that numbers keep all their digits and keys their order. */
export function readable(body: string): { text: string; isJson: boolean } {
  const text = new TextDecoder().decode(bytesOf(body));
  try {
    JSON.parse(text);
    return { text: layOut(text), isJson: true };
  } catch {
    return { text, isJson: false };
  }
}

/** Indents JSON, which must be valid, and changes nothing else. */
export function layOut(json: string): string {
  let out = '';
  let depth = 0;
  let inText = false;
  const line = () => `\n${'  '.repeat(depth)}`;
  for (let at = 0; at < json.length; at++) {
    const sign = json[at] as string;
    if (inText) {
      out += sign;
      if (sign === '\\') out += json[++at] ?? '';
      else if (sign === '"') inText = false;
    } else if (sign === '"') {
      inText = true;
      out += sign;
    } else if (sign === '{' || sign === '[') {
      const closing = /^\s*[}\]]/.exec(json.slice(at + 1, at + 200));
      if (closing) {
        out += sign + json[at + closing[0].length];
        at += closing[0].length;
      } else {
        depth++;
        out += sign + line();
      }
    } else if (sign === '}' || sign === ']') {
      depth--;
      out += line() + sign;
    } else if (sign === ',') out += sign + line();
    else if (sign === ':') out += ': ';
    else if (!/\s/.test(sign)) out += sign;
  }
  return out;
}
