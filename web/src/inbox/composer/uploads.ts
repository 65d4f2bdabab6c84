import { useSyncExternalStore } from 'react';
import { newKey } from '@/api/secure';
import { sendFile } from '@/api/sendFile';
import { drafts } from '../state/drafts';

/** A file on its way to the server, for a message that is not sent yet. */
export interface Upload {
  id: string;
  conversation: string;
  name: string;
  size: number;
  /** 0 to 1. */
  progress: number;
  problem?: string;
  order: number;
  file: File;
}

let uploads: Upload[] = [];
/** How those under way are ended. */
const under = new Map<string, () => void>();
const listeners = new Set<() => void>();

/** A file that is not up yet is in this page only: the browser asks before it is left. */
const warn = (event: BeforeUnloadEvent) => event.preventDefault();

function set(next: Upload[]): void {
  if (next.length > 0 && uploads.length === 0) addEventListener('beforeunload', warn);
  if (next.length === 0) removeEventListener('beforeunload', warn);
  uploads = next;
  for (const listener of listeners) listener();
}

const change = (id: string, part: Partial<Upload>) =>
  set(uploads.map((one) => (one.id === id ? { ...one, ...part } : one)));
const remove = (id: string) => set(uploads.filter((one) => one.id !== id));

export const useUploads = () =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => uploads,
  );

/** Begins at once: by the time the words are written, the file is there. What is there belongs to the draft. */
export function upload(conversation: string, files: Iterable<File>): void {
  for (const file of files) {
    const one: Upload = {
      id: newKey(),
      conversation,
      name: file.name,
      size: file.size,
      progress: 0,
      order: Date.now() + uploads.length / 1000,
      file,
    };
    set([...uploads, one]);
    send(one);
  }
}

export function uploadAgain(id: string): void {
  const one = uploads.find((other) => other.id === id);
  if (!one) return;
  change(id, { problem: undefined, progress: 0 });
  send(one);
}

export function cancelUpload(id: string): void {
  under.get(id)?.();
  under.delete(id);
  remove(id);
}

function send(one: Upload): void {
  const end = sendFile(one.file, {
    progress: (progress) => change(one.id, { progress }),
    failed: (problem) => {
      under.delete(one.id);
      change(one.id, { problem });
    },
    done: (file) => {
      under.delete(one.id);
      const files = [...(drafts.read(one.conversation).files ?? []), { ...file, order: one.order }];
      drafts.change(one.conversation, { files: files.sort((a, b) => (a.order ?? 0) - (b.order ?? 0)) });
      remove(one.id);
    },
  });
  under.set(one.id, end);
}
