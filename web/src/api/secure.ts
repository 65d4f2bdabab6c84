/**
 * What browsers give only to pages that came over https or from this machine. A page on a plain address of one's own network
 * works without: each tab then listens by itself, and the keys, not a lock, see to it that nothing is sent twice.
 */
export const withLock = <T>(name: string, work: () => Promise<T>): Promise<T> =>
  navigator.locks ? (navigator.locks.request(name, work) as Promise<T>) : work();

/** A name that nobody else has. */
export function newKey(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
