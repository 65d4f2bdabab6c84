import type { Integration, SettingField } from '@/api/types';

/** What stands in the fields, by the setting's name. A secret that is kept as it is has no entry: nobody can read it. */
export type Values = Record<string, string>;

/** Where a setting lives, as the server names it in its errors. */
export const pathOf = (field: SettingField) => `${field.secret ? 'credentials' : 'config'}.${field.name}`;

const configOf = (integration: Integration) => integration.config as Record<string, string | undefined>;

/** Whether the server holds a value that it does not show. */
export const isKept = (field: SettingField, integration: Integration | undefined) =>
  integration?.credentials_set.includes(field.name) === true &&
  (field.secret || configOf(integration)[field.name] === undefined);

export function valuesOf(fields: SettingField[], integration?: Integration): Values {
  const values: Values = {};
  for (const field of fields) {
    if (field.secret && isKept(field, integration)) continue;
    values[field.name] = (integration && !field.secret && configOf(integration)[field.name]) || '';
  }
  return values;
}

interface Given {
  config: Record<string, string | null>;
  credentials: Record<string, string | null>;
}

/** What a new account is given: empty fields are left out, so that the provider's standard counts. */
export function toCreate(fields: SettingField[], values: Values): Given {
  return sort(fields, (field) => values[field.name]?.trim() || undefined);
}

/** What has changed; null takes a setting away. */
export function toChange(fields: SettingField[], before: Values, values: Values): Given {
  return sort(fields, (field) => {
    const value = values[field.name]?.trim();
    // A secret whose field is open is replaced by what stands in it, also by nothing.
    if (value === undefined || value === before[field.name]) return undefined;
    return value === '' ? null : value;
  });
}

function sort(fields: SettingField[], pick: (field: SettingField) => string | null | undefined): Given {
  const given: Given = { config: {}, credentials: {} };
  for (const field of fields) {
    const value = pick(field);
    if (value !== undefined) given[field.secret ? 'credentials' : 'config'][field.name] = value;
  }
  return given;
}

export const isEmpty = (given: Given) =>
  Object.keys(given.config).length === 0 && Object.keys(given.credentials).length === 0;
