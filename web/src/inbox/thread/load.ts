import { lazy } from 'react';

/** The conversation and who it is with, whose code is not needed to show the list. */
const loadThread = () => import('./ThreadPane');
const loadContact = () => import('../contact/ContactPanel');
export const ThreadPane = lazy(() => loadThread().then(({ ThreadPane }) => ({ default: ThreadPane })));
export const ContactPanel = lazy(() => loadContact().then(({ ContactPanel }) => ({ default: ContactPanel })));

/** Fetches both, so that the first conversation that one opens is there at once. Offline they are fetched when they are shown. */
export function loadConversation() {
  loadThread().catch(() => {});
  loadContact().catch(() => {});
}
