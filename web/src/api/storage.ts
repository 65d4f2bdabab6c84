/** What this browser keeps for one person, across reloads. Private windows may refuse storage: then it lives as long as the tab. */
const fallback = new Map<string, string>();
let owner = 'nobody';

export const storage = {
  /** Another person on the same browser has drafts of their own. */
  belongsTo(user: string): void {
    owner = user;
  },

  read<T>(name: string, otherwise: T): T {
    const key = fullName(name);
    try {
      const text = localStorage.getItem(key) ?? fallback.get(key);
      return text === undefined ? otherwise : (JSON.parse(text) as T);
    } catch {
      return otherwise;
    }
  },

  write(name: string, value: unknown): void {
    const key = fullName(name);
    const text = JSON.stringify(value);
    try {
      localStorage.setItem(key, text);
      fallback.delete(key);
    } catch {
      fallback.set(key, text);
    }
  },

  remove(name: string): void {
    fallback.delete(fullName(name));
    try {
      localStorage.removeItem(fullName(name));
    } catch {
      // Nothing was kept, then.
    }
  },

  /** Runs when another tab writes a name of ours. */
  watch(listener: (name: string) => void): () => void {
    const heard = (event: StorageEvent) => {
      const start = fullName('');
      if (event.key?.startsWith(start)) listener(event.key.slice(start.length));
    };
    addEventListener('storage', heard);
    return () => removeEventListener('storage', heard);
  },

  names(start: string): string[] {
    const begin = fullName(start);
    const cut = fullName('').length;
    const all = [...fallback.keys()];
    try {
      all.push(...Object.keys(localStorage));
    } catch {
      // Only what is in memory.
    }
    return [...new Set(all)].filter((key) => key.startsWith(begin)).map((key) => key.slice(cut));
  },
};

const fullName = (name: string) => `parley.${owner}.${name}`;
