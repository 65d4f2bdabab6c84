import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { isView, type View } from './state/filters';

/** Where in the inbox the address points. */
export interface Place {
  view: View;
  integration?: string;
  team?: string;
  label?: string;
  conversation?: string;
  message?: string;
}

const text = (value: unknown) => (typeof value === 'string' && value.length > 0 ? value : undefined);

/** The address of a place; links to anything are made here. */
export const linkTo = ({ view, integration, team, label, conversation, message }: Place) => ({
  to: conversation ? `/inbox/${view}/${conversation}` : `/inbox/${view}`,
  search: {
    ...(integration ? { integration } : {}),
    ...(team ? { team } : {}),
    ...(label ? { label } : {}),
    ...(message ? { message } : {}),
  } as Record<string, string>,
});

/** The same for a plain link. */
export function addressOf(place: Place): string {
  const { to, search } = linkTo(place);
  const query = new URLSearchParams(search).toString();
  return query ? `${to}?${query}` : to;
}

/** Goes elsewhere from a place; what is not named stays, but for the message. */
export interface WithGo {
  go: (change: Partial<Place>, options?: { replace?: boolean }) => void;
}

export function usePlace(): Place & WithGo {
  const params = useParams({ strict: false }) as Record<string, string | undefined>;
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const navigate = useNavigate();
  const { view: name, conversationId: conversation } = params;
  const view: View = isView(name) ? name : 'open';
  const integration = text(search.integration);
  const team = text(search.team);
  const label = text(search.label);
  const message = text(search.message);
  const place = useMemo(
    () => ({ view, integration, team, label, conversation, message }),
    [view, integration, team, label, conversation, message],
  );
  const go = useCallback(
    (change: Partial<Place>, { replace = false } = {}) =>
      void navigate({ ...linkTo({ ...place, message: undefined, ...change }), replace }),
    [navigate, place],
  );
  return { ...place, go };
}
