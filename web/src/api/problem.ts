import { words } from '@/words';

/** Why a request was not answered as hoped, in words for people. */
export class Problem extends Error {
  constructor(
    /** The HTTP status; 0 when the server could not be reached. */
    readonly status: number,
    readonly title: string,
    message: string,
    /** What is wrong with a field, by its name. */
    readonly fields: Record<string, string> = {},
  ) {
    super(message);
  }

  /** The same request may well succeed later. */
  get passes(): boolean {
    return this.status === 0 || this.status === 401 || this.status === 408 || this.status === 429 || this.status >= 500;
  }

  static unreachable(): Problem {
    return new Problem(0, words.problems.unreachable.title, words.problems.unreachable.text);
  }

  /** From a problem document (RFC 9457), or from whatever stands in its place: a proxy may answer with a page. */
  static from(status: number, body: unknown): Problem {
    const document = isRecord(body) ? body : {};
    const fields = Object.fromEntries(
      Object.entries(isRecord(document.errors) ? document.errors : {}).map(([name, sentences]) => [
        name,
        Array.isArray(sentences) ? sentences.join(' ') : String(sentences),
      ]),
    );
    const sentence = text(document.detail) ?? Object.values(fields)[0] ?? words.problems.unexpected(status);
    return new Problem(status, text(document.title) ?? words.problems.title, sentence, fields);
  }

  static of(thrown: unknown): Problem {
    return thrown instanceof Problem ? thrown : new Problem(-1, words.problems.title, words.problems.broken);
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const text = (value: unknown) => (typeof value === 'string' && value.length > 0 ? value : undefined);
