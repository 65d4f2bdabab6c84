import type { Attachment, Template } from '@/api/types';
import { hereZone } from '@/inbox/schedule/times';
import { blanksOf, saidBy } from '@/inbox/template/template';
import type { Campaign, CampaignRequest, FilledTemplate, Hours, Kind } from '../types';

/** What the wizard holds: the request, as it is written into fields. */
export interface Form {
  name: string;
  account: string;
  source: 'contacts' | 'numbers' | 'file' | 'failed';
  isEverybody: boolean;
  status: string;
  talk: string;
  field: string;
  labels: string[];
  numbers: string;
  csv: { import_id: string; column: string; country: string | null } | null;
  kind: Kind;
  message: string;
  /** Uploaded, for a kind with a file or a template's header; before a link. */
  file: Attachment | null;
  link: string;
  template: { name: string; language: string } | null;
  /** By part and name: "body.1", "header.name", "button.0". */
  values: Record<string, string>;
  media: string;
  defaults: Record<string, string>;
  isLater: boolean;
  at: string;
  zone: string;
  hasHours: boolean;
  hours: Hours;
  rate: string | number;
  concurrency: number | null;
  brake: number;
  sample: number;
}

export const emptyForm = (): Form => ({
  name: '',
  account: '',
  source: 'contacts',
  isEverybody: true,
  status: '',
  talk: '',
  field: '',
  labels: [],
  numbers: '',
  csv: null,
  kind: 'text',
  message: '',
  file: null,
  link: '',
  template: null,
  values: {},
  media: '',
  defaults: {},
  isLater: false,
  at: '',
  zone: hereZone(),
  hasHours: false,
  hours: { time_zone: hereZone(), from: '09:00', to: '18:00', days: [1, 2, 3, 4, 5] },
  rate: '',
  concurrency: null,
  brake: 20,
  sample: 50,
});

function sourceOf({ audience, recipients_count }: Campaign): Form['source'] {
  if (audience.failed_of) return 'failed';
  return audience.csv ? 'file' : recipients_count > 0 ? 'numbers' : 'contacts';
}

/** The form of a campaign that is there already. */
export function formOf(campaign: Campaign): Form {
  const empty = emptyForm();
  const { audience, template } = campaign;
  const { filter } = audience;
  const source = sourceOf(campaign);
  return {
    ...empty,
    name: campaign.name,
    account: campaign.integration_id,
    source,
    isEverybody: audience.everybody || (source !== 'contacts' && !filter && !audience.labels?.length),
    status: filter?.status ?? '',
    talk:
      filter?.has_conversation === null || filter?.has_conversation === undefined ? '' : `${filter.has_conversation}`,
    field: filter?.field?.[0] ?? '',
    labels: audience.labels ?? [],
    numbers: (campaign.recipients ?? []).join('\n'),
    csv: audience.csv ?? null,
    kind: campaign.type,
    message: campaign.type === 'template' ? '' : (campaign.message ?? ''),
    file: campaign.attachment ?? null,
    link: campaign.link ?? '',
    template: template ? { name: template.name, language: template.language } : null,
    values: template ? valuesOf(template) : {},
    media: template?.header?.link ?? '',
    defaults: campaign.defaults ?? {},
    isLater: campaign.schedule !== null && campaign.schedule !== undefined,
    at: campaign.schedule?.local_time.slice(0, 16) ?? '',
    zone: campaign.schedule?.time_zone ?? empty.zone,
    hasHours: campaign.hours !== null && campaign.hours !== undefined,
    hours: campaign.hours ?? empty.hours,
    rate: campaign.rate_per_second ?? '',
    concurrency: campaign.concurrency,
    brake: campaign.brake.failure_percent,
    sample: campaign.brake.min_sample,
  };
}

export function valuesOf(template: FilledTemplate): Record<string, string> {
  const values: Record<string, string> = {};
  const take = (part: string, given: string[] | Record<string, string> | null | undefined) => {
    const named = Array.isArray(given)
      ? given.map((value, index) => [index + 1, value] as const)
      : Object.entries(given ?? {});
    for (const [name, value] of named) values[`${part}.${name}`] = value;
  };
  take('body', template.variables);
  take('header', template.header?.variables);
  for (const button of template.buttons ?? []) values[`button.${button.index}`] = button.value;
  return values;
}

/** The request that says what the form says. What programs wrote and the wizard does not show stays as it was, as long as nobody
 * chooses another kind of audience. */
export function requestOf(form: Form, template: Template | undefined, before?: Campaign): CampaignRequest {
  const kept = before && sourceOf(before) === form.source ? before : undefined;
  const isSome = form.source === 'contacts' && !form.isEverybody;
  const filter = {
    ...kept?.audience.filter,
    status: form.status || null,
    has_conversation: form.talk === '' ? null : form.talk === 'true',
    field: form.field.includes(':') ? [form.field.trim()] : null,
  };
  const hasFilter = Object.values(filter).some((value) => value !== null && value !== undefined);
  const withWords = form.kind !== 'template';
  const hasFile = withWords && form.kind !== 'text';
  const known = namesIn(form, template);
  const defaults = Object.entries(form.defaults).filter(([name, value]) => known.includes(name) && value.trim());
  const contacts = {
    // Without any condition, "those who are like this" are everybody.
    everybody: form.isEverybody || (!hasFilter && form.labels.length === 0),
    filter: isSome && hasFilter ? filter : null,
    labels: isSome && form.labels.length > 0 ? form.labels : null,
  };
  const none = { everybody: false, filter: null, labels: null, csv: null, failed_of: null };
  return {
    name: form.name.trim(),
    description: before?.description ?? null,
    integration_id: form.account,
    type: form.kind,
    message: withWords ? form.message : null,
    attachment_id: hasFile ? (form.file?.id ?? null) : null,
    link: hasFile && !form.file ? form.link.trim() : null,
    template: withWords || !form.template ? null : filled(form, template, before),
    defaults: defaults.length > 0 ? Object.fromEntries(defaults) : null,
    recipients: form.source === 'numbers' ? numbersIn(form.numbers) : (kept?.recipients ?? []),
    audience: {
      ...(kept?.audience ?? none),
      ...(form.source === 'contacts' ? contacts : {}),
      ...(form.source === 'file' ? { csv: form.csv } : {}),
    },
    hours: form.hasHours ? form.hours : null,
    rate_per_second: form.rate === '' ? null : Number(form.rate),
    concurrency: form.concurrency,
    brake: { failure_percent: form.brake, min_sample: form.sample },
  };
}

function filled(form: Form, template: Template | undefined, before?: Campaign): FilledTemplate {
  const { name, language } = form.template ?? { name: '', language: '' };
  if (!template) return { name, language };
  const { named } = saidBy(template);
  const of = (part: 'header' | 'body', names: readonly string[]) => {
    if (names.length === 0) return null;
    const value = (one: string) => form.values[`${part}.${one}`] ?? '';
    return named ? Object.fromEntries(names.map((one) => [one, value(one)])) : names.map(value);
  };
  const { header, body, buttons, media } = template.variables;
  const kept = before?.template?.name === name && !form.media.trim() ? before.template.header : undefined;
  const file = media ? form.file : null;
  return {
    name,
    language,
    variables: of('body', body),
    header:
      header.length > 0 || media
        ? {
            ...kept,
            variables: of('header', header),
            attachment_id: file?.id ?? null,
            link: media && !file ? form.media.trim() || null : null,
          }
        : null,
    buttons:
      buttons.length > 0 ? buttons.map((index) => ({ index, value: form.values[`button.${index}`] ?? '' })) : null,
  };
}

/** What stands in double braces, once each: for these something may be missing. */
export function namesIn(form: Form, template: Template | undefined): string[] {
  const texts =
    form.kind === 'template'
      ? template
        ? blanksOf(template).map((blank) => form.values[blank.key] ?? '')
        : []
      : [form.message, form.file ? '' : form.link];
  const found = texts.flatMap((text) => [...text.matchAll(/\{\{\s*([^{}\s]+)\s*\}\}/g)].map((match) => match[1] ?? ''));
  return [...new Set(found)];
}

export const numbersIn = (text: string) =>
  text
    .split(/[\n,;]+/)
    .map((line) => line.trim())
    .filter(Boolean);

/** What is not there yet, by step: the way on is open when nothing is. */
export function lacks(form: Form, step: string, template: Template | undefined): boolean {
  if (step === 'audience')
    return (
      form.name.trim() === '' ||
      form.account === '' ||
      (form.source === 'numbers' && numbersIn(form.numbers).length === 0) ||
      (form.source === 'file' && !form.csv?.column)
    );
  if (step === 'message') {
    if (form.kind !== 'template')
      return form.kind === 'text' ? form.message.trim() === '' : !form.file && form.link.trim() === '';
    if (!template) return true;
    const isBlank = blanksOf(template).some((blank) => !form.values[blank.key]?.trim());
    return isBlank || Boolean(template.variables.media && !form.file && form.media.trim() === '');
  }
  return form.isLater && form.at === '';
}
