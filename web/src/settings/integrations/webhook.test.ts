import { expect, test } from 'vitest';
import { standingOfWebhook } from './webhook';

const integration = { id: 'one', webhook_url: 'https://here.example/webhooks/unipile/one' };
const registration = {
  integration_id: 'one',
  address: integration.webhook_url,
  state: 'registered',
  registered_at: '2026-01-01T00:00:00Z',
  previous_secret_until: null,
  error: null,
  serves: ['one', 'two'],
};

test('a webhook that stands says whom it serves', () => {
  const how = standingOfWebhook(registration, integration);
  expect(how.tone).toBe('good');
  expect(how.text).toMatch(/2 accounts/);
});

test('one at an address of yesterday asks to be renewed, also when it stands', () => {
  const how = standingOfWebhook(
    { ...registration, address: 'https://there.example/webhooks/unipile/one' },
    integration,
  );
  expect(how.tone).toBe('warn');
  expect(how.text).toMatch(/there\.example/);
});

test('another account of the workspace may carry it', () => {
  const how = standingOfWebhook(
    { ...registration, integration_id: 'two', address: 'https://here.example/webhooks/unipile/two' },
    integration,
  );
  expect(how.tone).toBe('good');
});

test('what went wrong is said, and what is missing', () => {
  expect(standingOfWebhook({ ...registration, state: 'pending', error: 'It was away.' }, integration).text).toBe(
    'It was away.',
  );
  expect(standingOfWebhook({ ...registration, state: 'none' }, integration).tone).toBe('quiet');
  expect(standingOfWebhook({ ...registration, error: 'An old one is left.' }, integration).tone).toBe('warn');
});
