import { automationWords } from '@/words/automations';
import type { Config } from '../definition';

const say = automationWords.fields;

export type Kind =
  | 'text'
  | 'long'
  | 'number'
  | 'choice'
  | 'list'
  | 'label'
  | 'labels'
  | 'channels'
  | 'integrations'
  | 'integration'
  | 'person'
  | 'team'
  | 'hours'
  | 'pairs'
  | 'contact';

/** A field of a trigger, a condition or a step, as the editor draws it. */
export interface Field {
  /** Its name in the config; "a.b" lies inside of a. */
  name: string;
  kind: Kind;
  label: string;
  help?: string;
  isOptional?: boolean;
  /** True where {{…}} is filled in. */
  isTemplate?: boolean;
  options?: { value: string; label: string }[];
  /** What the empty choice is called. */
  none?: string;
  /** Shown only when this is so. */
  when?: (config: Config) => boolean;
}

const { ops } = automationWords;
const opsOf = (names: string[]) => names.map((value) => ({ value, label: ops[value] ?? value }));
const zone: Field = {
  name: 'time_zone',
  kind: 'text',
  label: say.time_zone,
  help: say.time_zoneHelp,
  isOptional: true,
};
const to: Field[] = [
  { name: 'to', kind: 'text', label: say.to, help: say.toHelp, isOptional: true, isTemplate: true },
  { name: 'integration_id', kind: 'integration', label: say.integration_id, isOptional: true, when: ({ to }) => !!to },
];

/** What can start one, with its fields. */
export const triggers: Record<string, Field[]> = {
  message_received: [],
  conversation_opened: [],
  conversation_closed: [],
  no_reply: [{ name: 'minutes', kind: 'number', label: say.minutes }],
  contact_created: [],
  label_added: [{ name: 'label_id', kind: 'label', label: say.label_id, none: say.anyLabel, isOptional: true }],
  message_failed: [],
  schedule: [
    { name: 'cron', kind: 'text', label: say.cron, help: say.cronHelp },
    zone,
    {
      name: 'missed',
      kind: 'choice',
      label: say.missed,
      options: [
        { value: 'once', label: say.missedOnce },
        { value: 'skip', label: say.missedSkip },
      ],
    },
  ],
  webhook: [
    {
      name: 'contact.by',
      kind: 'choice',
      label: say.by,
      none: say.byNothing,
      isOptional: true,
      options: [
        { value: 'phone', label: say.byPhone },
        { value: 'email', label: say.byEmail },
        { value: 'external_ref', label: say.byRef },
      ],
    },
    {
      name: 'contact.value',
      kind: 'text',
      label: say.value,
      isTemplate: true,
      when: ({ contact }) => !!(contact as Config | undefined)?.by,
    },
  ],
  manual: [],
  api: [],
};

export const conditions: Record<string, Field[]> = {
  text: [
    { name: 'op', kind: 'choice', label: say.op, options: opsOf(['words', 'contains', 'equals', 'starts', 'regex']) },
    { name: 'values', kind: 'list', label: say.values, help: say.valuesHelp, when: ({ op }) => op !== 'regex' },
    { name: 'values.0', kind: 'text', label: say.pattern, when: ({ op }) => op === 'regex' },
  ],
  channel: [{ name: 'in', kind: 'channels', label: say.in }],
  integration: [{ name: 'in', kind: 'integrations', label: say.in }],
  label: [{ name: 'in', kind: 'labels', label: say.in }],
  hours: [{ name: 'hours', kind: 'hours', label: say.hours }, zone],
  field: [
    { name: 'name', kind: 'text', label: say.fieldName, help: say.fieldNameHelp },
    { name: 'op', kind: 'choice', label: say.op, options: opsOf(['equals', 'contains', 'exists']) },
    { name: 'value', kind: 'text', label: say.fieldValue, when: ({ op }) => op !== 'exists' },
  ],
};

export const steps: Record<string, Field[]> = {
  send_message: [{ name: 'text', kind: 'long', label: say.text, isTemplate: true }, ...to],
  send_template: [
    { name: 'name', kind: 'text', label: say.templateName },
    { name: 'language', kind: 'text', label: say.language, isOptional: true },
    { name: 'variables', kind: 'pairs', label: say.variables, isOptional: true, isTemplate: true },
    ...to,
  ],
  assign: [
    { name: 'user_id', kind: 'person', label: say.user_id, none: say.nobody, isOptional: true },
    { name: 'team_id', kind: 'team', label: say.team_id, none: say.noTeam, isOptional: true },
  ],
  label: labelOn(),
  unlabel: labelOn(),
  note: [
    { name: 'text', kind: 'long', label: say.text, isTemplate: true },
    {
      name: 'type',
      kind: 'choice',
      label: say.noteType,
      options: [
        { value: 'public', label: say.notePublic },
        { value: 'private', label: say.notePrivate },
      ],
    },
  ],
  update_contact: [{ name: 'fields', kind: 'contact', label: say.fields, isTemplate: true }],
  close: [],
  start_bot: [],
  stop_bot: [],
  wait: [{ name: 'minutes', kind: 'number', label: say.minutes }],
  http_request: [
    {
      name: 'method',
      kind: 'choice',
      label: say.method,
      options: ['POST', 'GET', 'PUT', 'PATCH', 'DELETE'].map((value) => ({ value, label: value })),
    },
    { name: 'url', kind: 'text', label: say.url, help: say.urlHelp, isTemplate: true },
    { name: 'headers', kind: 'pairs', label: say.headers, help: say.headersHelp, isOptional: true },
    {
      name: 'body',
      kind: 'long',
      label: say.body,
      isOptional: true,
      isTemplate: true,
      when: ({ method, json }) => method !== 'GET' && json === undefined,
    },
    { name: 'timeout_seconds', kind: 'number', label: say.timeout, isOptional: true },
  ],
};

function labelOn(): Field[] {
  return [
    { name: 'label_id', kind: 'label', label: say.label_id },
    {
      name: 'on',
      kind: 'choice',
      label: say.on,
      options: [
        { value: 'conversation', label: say.onConversation },
        { value: 'contact', label: say.onContact },
      ],
    },
  ];
}

/** A config with the first of each choice, so that what one sees is what is sent. */
export const begun = (fields: Field[]): Config =>
  fields.reduce<Config>(
    (config, { name, kind, isOptional, options }) =>
      kind === 'choice' && !isOptional ? write(config, name, options?.[0]?.value) : config,
    {},
  );

/** What stands in a config under a name such as "contact.by". */
export function read(config: Config, name: string): unknown {
  return name.split('.').reduce<unknown>((at, part) => (at as Config | undefined)?.[part], config);
}

/** The same config with another value there; undefined takes it away. */
export function write(config: Config, name: string, value: unknown): Config {
  const [first = '', ...rest] = name.split('.');
  const before = config[first];
  const next =
    rest.length === 0
      ? value
      : Array.isArray(before) || /^\d+$/u.test(rest[0] ?? '')
        ? [value]
        : write((before as Config | undefined) ?? {}, rest.join('.'), value);
  const { [first]: _, ...others } = config;
  const isNothing = next === undefined || (isPlain(next) && Object.keys(next).length === 0);
  return isNothing ? others : { ...others, [first]: next };
}

const isPlain = (value: unknown): value is Config =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
