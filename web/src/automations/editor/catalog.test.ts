import { expect, test } from 'vitest';
import { begun, read, steps, triggers, write } from './catalog';

test('what is written stands where it is read, and emptying it leaves nothing behind', () => {
  const config = write(write({}, 'contact.by', 'phone'), 'contact.value', '{{trigger.body.phone}}');
  expect(config).toEqual({ contact: { by: 'phone', value: '{{trigger.body.phone}}' } });
  expect(read(config, 'contact.by')).toBe('phone');
  expect(write(write(config, 'contact.by', undefined), 'contact.value', undefined)).toEqual({});
  expect(write({ values: ['a', 'b'] }, 'values.0', '^a')).toEqual({ values: ['^a'] });
  expect(read({}, 'contact.by')).toBeUndefined();
});

test('a step begins with what its choices show', () => {
  expect(begun(steps.http_request ?? [])).toEqual({ method: 'POST' });
  expect(begun(steps.note ?? [])).toEqual({ type: 'public' });
  expect(begun(triggers.schedule ?? [])).toEqual({ missed: 'once' });
  expect(begun(triggers.webhook ?? [])).toEqual({});
});
