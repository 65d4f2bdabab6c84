import type { Integration, Registration } from '@/api/types';
import type { Tone } from '@/parts/Standing';
import { settingsWords } from '@/words/settings';

const say = settingsWords.registration;

/** How the provider's webhook stands, for a glance, and what that means. */
export function standingOfWebhook(
  registration: Registration,
  integration: Pick<Integration, 'id' | 'webhook_url'>,
): { tone: Tone; word: string; text: string } {
  const { state, error, address, serves, integration_id } = registration;
  if (state === 'none') return { tone: 'quiet', word: say.none, text: say.noneText };
  if (state === 'pending') return { tone: 'warn', word: say.pending, text: error ?? say.pendingText };
  if (integration_id === integration.id && address !== integration.webhook_url)
    return { tone: 'warn', word: say.registered, text: say.elsewhere(address) };
  return { tone: error ? 'warn' : 'good', word: say.registered, text: error ?? say.serves(serves.length) };
}
