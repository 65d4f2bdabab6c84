import { Button, NativeSelect } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Upload } from 'lucide-react';
import { useRef } from 'react';
import type { Problem } from '@/api/problem';
import type { ContactImport } from '@/api/types';
import { countries, uploadList, useImport } from '@/contacts/data';
import { field, Wrong } from '@/settings/forms';
import { campaignWords } from '@/words/campaigns';
import styles from '../campaigns.module.css';
import type { StepProps } from './CampaignWizard';
import type { Form } from './form';

const say = campaignWords.audience;
const likely = /phone|tel|mobile|cell|whatsapp|handy|celular|número|number/i;

/** A column as a variable, as the server calls it. */
const variableOf = (column: string) =>
  column
    .trim()
    .replace(/[^A-Za-z0-9_]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase()
    .slice(0, 60);

/** A file is read as for an import of contacts, and not imported. */
export function AudienceFile({ form, set }: { form: Form; set: StepProps['set'] }) {
  const input = useRef<HTMLInputElement>(null);
  const uploading = useMutation<ContactImport, Problem, File>({
    mutationFn: uploadList,
    onSuccess: (made) =>
      set({
        csv: {
          import_id: made.id,
          column: made.columns.find((name) => likely.test(name)) ?? made.columns[0] ?? '',
          country: null,
        },
      }),
  });
  return (
    <div className={styles.inner}>
      <input
        ref={input}
        type="file"
        accept=".csv,.txt,.tsv,text/csv"
        hidden
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file) uploading.mutate(file);
        }}
      />
      {form.csv && <Columns key={form.csv.import_id} id={form.csv.import_id} form={form} set={set} />}
      <Button
        variant="default"
        leftSection={<Upload size={14} aria-hidden />}
        loading={uploading.isPending}
        onClick={() => input.current?.click()}
      >
        {form.csv ? say.other : say.choose}
      </Button>
      <Wrong problem={uploading.error} />
    </div>
  );
}

function Columns({ id, form, set }: { id: string; form: Form; set: StepProps['set'] }) {
  const { data } = useImport(id);
  if (!data) return null;
  const chosen = form.csv?.column ?? '';
  const others = data.columns.filter((name) => name && name !== chosen).map(variableOf);
  return (
    <>
      <p>{say.rows(data.file_name ?? 'CSV', data.rows_total)}</p>
      <NativeSelect
        {...field}
        label={say.column}
        description={others.length > 0 ? say.columns(others) : undefined}
        value={chosen}
        onChange={(event) =>
          set({ csv: { import_id: id, column: event.currentTarget.value, country: form.csv?.country ?? null } })
        }
        data={data.columns.filter(Boolean).map((name) => ({ value: name, label: name }))}
      />
      <NativeSelect
        {...field}
        label={say.country}
        value={form.csv?.country ?? ''}
        onChange={(event) =>
          set({ csv: { import_id: id, column: chosen, country: event.currentTarget.value || null } })
        }
        data={[{ value: '', label: say.noCountry }, ...countries(data)]}
      />
    </>
  );
}
