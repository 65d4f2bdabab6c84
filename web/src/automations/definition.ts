import { automationWords as say } from '@/words/automations';

export type Config = Record<string, unknown>;

/** What starts it, or what it does. */
export interface Part {
  type: string;
  config: Config;
}

export interface Step extends Part {
  on_error?: string;
}

/** One condition: its members stand beside its type. */
export type Condition = Config & { type: string; negate?: boolean };

export interface Definition {
  name: string;
  description: string | null;
  trigger: Part;
  conditions: { match: string; items: Condition[] };
  actions: Step[];
  options: Config;
}

/** What is called by an id: labels, accounts, people. */
export type Names = (id: string) => string | undefined;

const texts = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
const quoted = (values: string[]) => values.map((value) => `“${value}”`).join(say.sentence.or);
const short = (value: unknown) => {
  const text = String(value ?? '').replace(/\s+/gu, ' ');
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
};

function triggerIn({ type, config }: Part, names: Names): string {
  const name = say.triggers[type]?.name ?? type;
  switch (type) {
    case 'no_reply':
      return `${name} for ${say.fields.duration(Number(config.minutes) || 0)}`;
    case 'label_added':
      return withName(name, config.label_id, names);
    case 'schedule':
      return config.cron ? `${name} (${config.cron})` : name;
    default:
      return name;
  }
}

const withName = (what: string, id: unknown, names: Names) => {
  const called = id ? names(String(id)) : undefined;
  return called ? `${what}: ${called}` : what;
};

function conditionIn(condition: Condition, names: Names): string {
  const ids = texts(condition.in);
  const named = ids.map(names).filter(Boolean);
  const sentence = () => {
    const name = say.conditions[condition.type] ?? condition.type;
    switch (condition.type) {
      case 'text':
        return `${name} ${say.ops[String(condition.op)] ?? condition.op} ${quoted(texts(condition.values))}`;
      case 'hours':
        return `${name} ${(Array.isArray(condition.hours) ? (condition.hours as Hours[]) : []).map(hoursIn).join(say.sentence.or)}`;
      case 'field':
        return `${name} ${condition.name} ${say.ops[String(condition.op)] ?? condition.op}${condition.op === 'exists' ? '' : ` “${condition.value ?? ''}”`}`;
      default:
        return ids.length > 0 && named.length < ids.length && say.chosen[condition.type]
          ? say.chosen[condition.type]
          : `${name} ${named.join(say.sentence.or)}`;
    }
  };
  return (condition.negate ? say.sentence.not : '') + sentence();
}

function stepIn({ type, config }: Step, names: Names): string {
  const name = say.steps[type] ?? type;
  switch (type) {
    case 'send_message':
    case 'note':
      return config.text ? `${name} “${short(config.text)}”` : name;
    case 'send_template':
      return config.name ? `${name} “${config.name}”` : name;
    case 'label':
    case 'unlabel':
      return withName(name, config.label_id, names);
    case 'assign': {
      const ids = [config.user_id, config.team_id].filter(Boolean);
      const to = ids.map((id) => names(String(id))).filter(Boolean);
      if (ids.length > 0 && to.length === 0) return name; // who that is, is not known (yet)
      return `${name} to ${to.join(', ') || say.fields.nobody}`;
    }
    case 'wait':
      return config.seconds
        ? `${name} ${config.seconds} seconds`
        : `${name} ${say.fields.duration(Number(config.minutes) || 0)}`;
    case 'http_request':
      return config.url ? `${name} at ${hostOf(String(config.url))}` : name;
    default:
      return name;
  }
}

function hostOf(url: string): string {
  return /^https?:\/\/([^/?#\s]+)/iu.exec(url)?.[1] ?? short(url);
}

/** Days of a week, and from when to when on them. */
export interface Hours {
  days: string[];
  from: string;
  to: string;
}

export const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

function hoursIn({ days: on, from, to }: Hours): string {
  return `${on?.map((day) => say.editor.days[day] ?? day).join(' ') || say.anyDay} ${from}–${to}`;
}

/** What an automation does, as one sentence. */
export function sentenceOf({ trigger, conditions, actions }: Definition, names: Names): string {
  const { begin, all, any, do: doing, next, nothing } = say.sentence;
  const when = begin(triggerIn(trigger, names));
  const only = conditions.items.map((one) => conditionIn(one, names)).join(conditions.match === 'any' ? any : all);
  const todo = actions.map((step) => stepIn(step, names)).join(next);
  return when + (only && say.sentence.if(only)) + doing(todo || nothing);
}
