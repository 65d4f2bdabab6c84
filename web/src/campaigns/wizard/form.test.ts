import { describe, expect, it } from 'vitest';
import type { Attachment, Template } from '@/api/types';
import type { Campaign } from '../types';
import { emptyForm, formOf, lacks, namesIn, numbersIn, requestOf } from './form';

const offer = {
  name: 'offer',
  language: 'pt_BR',
  content: { body: 'Hello {{1}}, {{2}} off', named: false, buttons: [{ type: 'url', text: 'Shop' }] },
  variables: { header: [], body: ['1', '2'], buttons: [0], media: null },
} as unknown as Template;

const withPicture = { ...offer, variables: { ...offer.variables, media: 'image' } } as unknown as Template;

const picture = { id: 'f', kind: 'image', file_name: 'a.png', size: 3, url: '/a' } as unknown as Attachment;

/** As the server answers it. */
const answered = (form: ReturnType<typeof emptyForm>, template?: Template) =>
  ({
    ...requestOf(form, template),
    attachment: form.file,
    id: '1',
    version: 1,
    schedule: null,
    recipients_count: requestOf(form, template).recipients.length,
  }) as unknown as Campaign;

describe('the form of a campaign', () => {
  it('says the same after it was saved and opened again', () => {
    const some = {
      ...emptyForm(),
      name: 'Spring',
      account: 'a',
      isEverybody: false,
      status: 'active',
      labels: ['l'],
      field: 'city:Berlin',
      message: 'Hello {{first_name}}',
      defaults: { first_name: 'there' },
      rate: 20,
    };
    expect(formOf(answered(some))).toEqual(some);
    const list = {
      ...emptyForm(),
      name: 'List',
      account: 'a',
      source: 'numbers' as const,
      numbers: '+1\n+2',
      kind: 'image' as const,
      link: 'https://example.com/a.png',
      hasHours: true,
    };
    expect(formOf(answered(list))).toEqual(list);
    const carrying = { ...list, link: '', file: picture };
    expect(formOf(answered(carrying))).toEqual(carrying);
    const template = {
      ...emptyForm(),
      name: 'T',
      account: 'a',
      kind: 'template' as const,
      template: { name: 'offer', language: 'pt_BR' },
      values: { 'body.1': '{{first_name}}', 'body.2': '20%', 'button.0': 'x' },
    };
    expect(formOf(answered(template, offer))).toEqual(template);
    const headed = { ...template, file: picture };
    expect(formOf(answered(headed, withPicture))).toEqual(headed);
  });

  it('asks for everybody only when somebody chose that, or nothing else', () => {
    const one = { ...emptyForm(), source: 'numbers' as const, numbers: '+1' };
    expect(requestOf(one, undefined).audience.everybody).toBe(false);
    expect(requestOf({ ...emptyForm(), isEverybody: false, labels: ['l'] }, undefined).audience).toMatchObject({
      everybody: false,
      labels: ['l'],
    });
    expect(requestOf({ ...emptyForm(), isEverybody: false }, undefined).audience.everybody).toBe(true);
  });

  it('leaves out what was chosen before and does not count any more', () => {
    const file = {
      ...emptyForm(),
      source: 'contacts' as const,
      numbers: '+1',
      csv: { import_id: 'i', column: 'c', country: null },
      link: 'https://x',
      defaults: { gone: 'x' },
    };
    expect(requestOf(file, undefined)).toMatchObject({
      recipients: [],
      link: null,
      defaults: null,
      audience: { csv: null },
    });
  });

  it('keeps what programs wrote and it does not show', () => {
    const before = {
      ...answered({ ...emptyForm(), isEverybody: false, status: 'active' }),
      audience: { everybody: false, filter: { status: 'active', q: 'nora' }, labels: null, csv: null, failed_of: null },
    };
    expect(requestOf(formOf(before), undefined, before).audience.filter).toMatchObject({ q: 'nora', status: 'active' });
    const again = { ...before, audience: { ...before.audience, filter: null, failed_of: 'x' } };
    expect(requestOf(formOf(again), undefined, again).audience).toEqual(again.audience);
    expect(requestOf({ ...formOf(again), source: 'numbers', numbers: '+1' }, undefined, again).audience.failed_of).toBe(
      null,
    );
  });

  it('knows the blanks that may be missing', () => {
    expect(namesIn({ ...emptyForm(), message: 'Dear {{ name }}, {{city}} and {{name}}' }, undefined)).toEqual([
      'name',
      'city',
    ]);
    expect(namesIn({ ...emptyForm(), kind: 'template', values: { 'body.1': '{{first_name}}' } }, offer)).toEqual([
      'first_name',
    ]);
  });

  it('takes numbers however they are separated', () => {
    expect(numbersIn('+1 555 01\n\n+2;+3, +4 ')).toEqual(['+1 555 01', '+2', '+3', '+4']);
  });

  it('opens the way on when nothing is missing', () => {
    const form = { ...emptyForm(), name: 'x', account: 'a' };
    expect(lacks(form, 'audience', undefined)).toBe(false);
    expect(lacks({ ...form, source: 'numbers' }, 'audience', undefined)).toBe(true);
    expect(
      lacks({ ...form, source: 'file', csv: { import_id: 'i', column: '', country: null } }, 'audience', undefined),
    ).toBe(true);
    expect(lacks(form, 'message', undefined)).toBe(true);
    expect(
      lacks(
        {
          ...form,
          kind: 'template',
          template: { name: 'offer', language: 'pt_BR' },
          values: { 'body.1': 'a', 'body.2': 'b' },
        },
        'message',
        offer,
      ),
    ).toBe(true);
    expect(lacks({ ...form, isLater: true }, 'schedule', undefined)).toBe(true);
  });

  it('takes a file or a link, whichever there is, and never both', () => {
    const kind = { ...emptyForm(), kind: 'image' as const };
    expect(lacks(kind, 'message', undefined)).toBe(true);
    expect(requestOf({ ...kind, file: picture, link: 'https://a.example/b' }, undefined)).toMatchObject({
      attachment_id: 'f',
      link: null,
    });
    expect(requestOf({ ...kind, link: 'https://a.example/b' }, undefined)).toMatchObject({
      attachment_id: null,
      link: 'https://a.example/b',
    });
    expect(requestOf({ ...kind, kind: 'text', file: picture }, undefined)).toMatchObject({ attachment_id: null });
    const template = { ...emptyForm(), kind: 'template' as const, template: { name: 'offer', language: 'pt_BR' } };
    expect(requestOf({ ...template, file: picture, media: 'x' }, withPicture).template?.header).toMatchObject({
      attachment_id: 'f',
      link: null,
    });
  });
});
