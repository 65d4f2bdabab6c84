import { inTheNameOf, whoSpeaks } from './client';
import { Problem } from './problem';
import { doubtRole, loseSession } from './session';
import type { Attachment } from './types';

/** What is told of a file on its way. */
export interface Told {
  /** From 0 to 1. */
  progress: (part: number) => void;
  done: (file: Attachment) => void;
  failed: (words: string) => void;
}

/** Uploads a file to be sent. XMLHttpRequest, because fetch does not tell how much has gone up. What is returned ends it. */
export function sendFile(file: File, told: Told): () => void {
  const request = new XMLHttpRequest();
  request.open('POST', `/api/attachments?file_name=${encodeURIComponent(file.name)}`);
  request.setRequestHeader('Content-Type', file.type || 'application/octet-stream');
  for (const [name, value] of Object.entries(inTheNameOf(whoSpeaks()))) request.setRequestHeader(name, value);
  request.responseType = 'json';
  request.upload.onprogress = (event) => told.progress(event.loaded / Math.max(1, event.total));
  request.onerror = () => told.failed(Problem.unreachable().message);
  request.onload = () => {
    if (request.status === 201) {
      told.done(request.response as Attachment);
      return;
    }
    if (request.status === 401) loseSession();
    if (request.status === 403) doubtRole();
    told.failed(Problem.from(request.status, request.response).message);
  };
  request.send(file);
  return () => request.abort();
}
