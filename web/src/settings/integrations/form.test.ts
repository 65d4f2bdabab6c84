import { expect, test } from 'vitest';
import type { Integration, SettingField } from '@/api/types';
import { isEmpty, isKept, toChange, toCreate, valuesOf } from './form';

const field = (name: string, more: Partial<SettingField> = {}) =>
  ({ name, label: name, help: '', required: false, secret: false, ...more }) as SettingField;
const token = field('access_token', { secret: true, required: true });
const account = field('waba_id');
const verify = field('verify_token', { also_credential: true });
const fields = [token, account, verify];
const integration = (config: object, credentials_set: string[]) =>
  ({ config, credentials_set }) as unknown as Integration;

test('a new account is given what was filled in, secrets apart', () => {
  expect(toCreate(fields, { access_token: ' t ', waba_id: '', verify_token: 'v' })).toEqual({
    config: { verify_token: 'v' },
    credentials: { access_token: 't' },
  });
});

test('a stored secret is not asked for, and stays when nobody replaces it', () => {
  const stored = integration({ waba_id: '1' }, ['access_token']);
  const values = valuesOf(fields, stored);
  expect(values).toEqual({ waba_id: '1', verify_token: '' });
  expect(isEmpty(toChange(fields, values, values))).toBe(true);
});

test('only what changed is sent; an emptied field takes its setting away', () => {
  const before = valuesOf(fields, integration({ waba_id: '1', verify_token: 'v' }, ['access_token']));
  expect(toChange(fields, before, { ...before, waba_id: ' ', access_token: 'new' })).toEqual({
    config: { waba_id: null },
    credentials: { access_token: 'new' },
  });
});

test('a setting that was filed under the secrets counts as given', () => {
  expect(isKept(verify, integration({}, ['verify_token']))).toBe(true);
  expect(isKept(verify, integration({ verify_token: 'v' }, ['verify_token']))).toBe(false);
});
