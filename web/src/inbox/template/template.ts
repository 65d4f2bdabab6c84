import type { Reply, Template } from '@/api/types';

/** What a template says, as the server keeps it. */
interface Said {
  body: string;
  footer?: string;
  named: boolean;
  header?: { format: string; text?: string };
  buttons: { type: string; text: string }[];
}

export const saidBy = (template: Template) => template.content as unknown as Said;

/** A value that a template asks for. */
export interface Blank {
  /** Unique within the template: "body.1", "header.name", "button.0". */
  key: string;
  part: 'header' | 'body' | 'button';
  name: string;
}

export const blanksOf = (template: Template): Blank[] => [
  ...template.variables.header.map((name): Blank => ({ key: `header.${name}`, part: 'header', name })),
  ...template.variables.body.map((name): Blank => ({ key: `body.${name}`, part: 'body', name })),
  ...template.variables.buttons.map(
    (index): Blank => ({ key: `button.${index}`, part: 'button', name: String(index) }),
  ),
];

/** The text with its blanks filled; what is not filled yet stays as it is written. */
export const fill = (text: string | undefined, part: 'header' | 'body', values: Record<string, string>) =>
  (text ?? '').replace(/\{\{\s*([^{}\s]+)\s*\}\}/g, (blank, name: string) => values[`${part}.${name}`] || blank);

/** A place for the header, as it is written into its fields. */
export interface Place {
  /** "-23.56, -46.65" */
  position: string;
  name: string;
  address: string;
}

/** Undefined while the position is none. Maps give it as two numbers with a comma between. */
export function locationOf({ position, name, address }: Place) {
  const found = /^\s*(-?\d{1,2}(?:\.\d+)?)\s*[,;\s]\s*(-?\d{1,3}(?:\.\d+)?)\s*$/.exec(position);
  if (!found) return undefined;
  const [latitude, longitude] = [Number(found[1]), Number(found[2])];
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return undefined;
  return { latitude, longitude, name: name.trim() || null, address: address.trim() || null };
}

/** The request that sends it. Numbered variables go as a list, named ones by their names. */
export function requestOf(
  template: Template,
  values: Record<string, string>,
  attachment: string | undefined,
  place?: Place,
): Reply {
  const { named } = saidBy(template);
  const of = (part: 'header' | 'body', names: readonly string[]) =>
    names.length === 0
      ? undefined
      : named
        ? Object.fromEntries(names.map((name) => [name, values[`${part}.${name}`] ?? '']))
        : names.map((name) => values[`${part}.${name}`] ?? '');
  const { header, body, buttons, media } = template.variables;
  return {
    type: 'template',
    template: {
      name: template.name,
      language: template.language,
      variables: of('body', body),
      header:
        header.length > 0 || media
          ? { variables: of('header', header), attachment_id: attachment, location: place && locationOf(place) }
          : undefined,
      buttons:
        buttons.length > 0 ? buttons.map((index) => ({ index, value: values[`button.${index}`] ?? '' })) : undefined,
    },
  } as Reply;
}
