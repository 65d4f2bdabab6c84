import { NativeSelect, Textarea, TextInput } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { Template } from '@/api/types';
import { blanksOf, fill, saidBy } from '@/inbox/template/template';
import { Loaded } from '@/parts/Loaded';
import { field } from '@/settings/forms';
import { campaignWords } from '@/words/campaigns';
import styles from '../campaigns.module.css';
import type { Kind } from '../types';
import type { StepProps } from './CampaignWizard';
import { FileField } from './FileField';
import { namesIn } from './form';

const say = campaignWords.message;

interface Props extends StepProps {
  templates: UseQueryResult<Template[]>;
  template: Template | undefined;
  channel: string | undefined;
}

/** What they get: words, a file, or a template; and what stands where something is not known. */
export function MessageStep({ form, set, problem, templates, template, channel }: Props) {
  const names = namesIn(form, template);
  return (
    <>
      <NativeSelect
        {...field}
        label={say.kind}
        value={form.kind}
        onChange={(event) => set({ kind: event.currentTarget.value as Kind, file: null })}
        data={Object.entries(say.kinds).map(([value, label]) => ({ value, label }))}
      />
      {form.kind === 'template' ? (
        <Loaded query={templates} lines={3}>
          {(all) => <Templates form={form} set={set} all={all} template={template} problem={problem} />}
        </Loaded>
      ) : (
        <>
          {channel === 'whatsapp' && <p className={styles.note}>{say.window}</p>}
          {form.kind !== 'text' && (
            <FileField
              key={form.kind}
              kind={form.kind}
              label={say.kinds[form.kind] ?? ''}
              file={form.file}
              link={form.link}
              onFile={(file) => set({ file })}
              onLink={(link) => set({ link })}
              problem={problem?.fields.attachment_id}
              linkProblem={problem?.fields.link}
            />
          )}
          {form.kind !== 'audio' && (
            <Textarea
              {...field}
              spellCheck
              label={form.kind === 'text' ? say.text : say.caption}
              description={say.textHelp}
              autosize
              minRows={4}
              maxRows={16}
              maxLength={4096}
              value={form.message}
              onChange={(event) => set({ message: event.currentTarget.value })}
              error={problem?.fields.message}
            />
          )}
        </>
      )}
      {names.length > 0 && (
        <fieldset className={styles.defaults}>
          <legend>{say.defaults}</legend>
          <p className={styles.quiet}>{say.defaultsText}</p>
          {names.map((name) => (
            <TextInput
              key={name}
              {...field}
              label={say.defaultFor(name)}
              maxLength={1024}
              value={form.defaults[name] ?? ''}
              onChange={(event) => set({ defaults: { ...form.defaults, [name]: event.currentTarget.value } })}
            />
          ))}
        </fieldset>
      )}
    </>
  );
}

function Templates({
  form,
  set,
  all,
  template,
  problem,
}: StepProps & { all: Template[]; template: Template | undefined }) {
  if (all.length === 0) return <p className={styles.note}>{say.noTemplates}</p>;
  const said = template && saidBy(template);
  return (
    <>
      <NativeSelect
        {...field}
        label={say.template}
        value={template?.id ?? ''}
        onChange={(event) => {
          const chosen = all.find((one) => one.id === event.currentTarget.value);
          set({
            template: chosen ? { name: chosen.name, language: chosen.language } : null,
            values: {},
            media: '',
            file: null,
          });
        }}
        data={[
          { value: '', label: '' },
          ...all.map((one) => ({ value: one.id, label: `${one.name.replaceAll('_', ' ')} (${one.language})` })),
        ]}
        error={problem?.fields.template}
      />
      {template && said && (
        <>
          <div className={styles.bubble}>
            {said.header?.text && <b dir="auto">{fill(said.header.text, 'header', form.values)}</b>}
            <p dir="auto">{fill(said.body, 'body', form.values)}</p>
            {said.footer && <small dir="auto">{said.footer}</small>}
          </div>
          {template.variables.media === 'location' && <p className={styles.note}>{say.place}</p>}
          {template.variables.media && template.variables.media !== 'location' && (
            <FileField
              key={template.id}
              kind={template.variables.media}
              label={say.media}
              file={form.file}
              link={form.media}
              onFile={(file) => set({ file })}
              onLink={(media) => set({ media })}
              problem={problem?.fields['template.header.attachment_id'] ?? problem?.fields['template.header']}
              linkProblem={problem?.fields['template.header.link']}
            />
          )}
          {blanksOf(template).map((blank) => (
            <TextInput
              key={blank.key}
              {...field}
              label={say.blank(blank.part, blank.name)}
              description={say.blankHelp}
              maxLength={1024}
              value={form.values[blank.key] ?? ''}
              onChange={(event) => set({ values: { ...form.values, [blank.key]: event.currentTarget.value } })}
            />
          ))}
        </>
      )}
    </>
  );
}
