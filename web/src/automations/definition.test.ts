import { expect, test } from 'vitest';
import { channelName } from '@/parts/ChannelMark';
import { type Definition, sentenceOf } from './definition';
import sentences from './sentences.json';

const names = (id: string) => ({ l1: 'Refund', u1: 'Maria', t1: 'Support' })[id];
const automation = (part: Partial<Definition>): Definition => ({
  name: 'x',
  description: null,
  trigger: { type: 'message_received', config: {} },
  conditions: { match: 'all', items: [] },
  actions: [],
  options: {},
  ...part,
});

test('an automation reads as a sentence', () => {
  expect(sentenceOf(automation({}), names)).toBe('When a customer writes: nothing yet.');
  expect(
    sentenceOf(
      automation({
        conditions: {
          match: 'all',
          items: [
            { type: 'text', op: 'words', values: ['price', 'prices'] },
            { type: 'label', in: ['l1'], negate: true },
          ],
        },
        actions: [
          { type: 'send_message', config: { text: 'Hello {{contact.name|there}}' } },
          { type: 'assign', config: { user_id: 'u1', team_id: 't1' } },
        ],
      }),
      names,
    ),
  ).toBe(
    'When a customer writes, if the text has the words “price” or “prices” and not: it bears the label Refund: send a message “Hello {{contact.name|there}}”, then assign it to Maria, Support.',
  );
  expect(
    sentenceOf(
      automation({
        trigger: { type: 'no_reply', config: { minutes: 120 } },
        conditions: {
          match: 'any',
          items: [{ type: 'hours', hours: [{ days: ['mon', 'fri'], from: '09:00', to: '18:00' }] }],
        },
        actions: [
          { type: 'wait', config: { minutes: 1440 } },
          { type: 'http_request', config: { url: 'https://crm.example.com/tickets?key={{steps.1.status}}' } },
        ],
      }),
      names,
    ),
  ).toBe(
    'When nobody answers for 2 hours, if it happens Mo Fr 09:00–18:00: wait 1 day, then call another system at crm.example.com.',
  );
});

test('what is not known, or not filled in yet, breaks no sentence', () => {
  expect(
    sentenceOf(
      automation({
        trigger: { type: 'something_new', config: {} },
        conditions: { match: 'all', items: [{ type: 'channel' }, { type: 'text' }] },
        actions: [
          { type: 'label', config: { label_id: 'gone' } },
          { type: 'send_message', config: {} },
        ],
      }),
      names,
    ),
  ).toContain('put on a label, then send a message.');
});

test('the page says the same as the API, where nothing has a name', () => {
  for (const { sentence, trigger, conditions, actions } of sentences) {
    const definition = automation({
      trigger: { config: {}, ...trigger } as Definition['trigger'],
      conditions: { match: 'all', items: [], ...conditions } as Definition['conditions'],
      actions: actions.map((step) => ({ config: {}, ...step })) as Definition['actions'],
    });
    expect(sentenceOf(definition, (id) => (/^[a-z]+$/u.test(id) ? channelName(id) : undefined))).toBe(sentence);
  }
});
