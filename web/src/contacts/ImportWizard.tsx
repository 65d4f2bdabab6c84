import { Button, Checkbox, NativeSelect, Progress } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { ArrowLeft, Download, Upload } from 'lucide-react';
import { useRef, useState } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Problem } from '@/api/problem';
import { queries } from '@/api/queries';
import type { ContactImport, ImportCheck } from '@/api/types';
import { Choice } from '@/parts/Choice';
import { Loaded } from '@/parts/Loaded';
import { Moment } from '@/parts/Moment';
import { Wrong } from '@/settings/forms';
import { contactWords } from '@/words/contacts';
import styles from './Contacts.module.css';
import { countries, reload, uploadList, useImport, useImports } from './data';
import { Preview, type Previewed } from './ImportPreview';
import '@mantine/core/styles/Checkbox.layer.css';
import '@mantine/core/styles/InlineInput.layer.css';
import '@mantine/core/styles/Progress.layer.css';

const say = contactWords.imports;
const number = (value: number) => value.toLocaleString();

/** From a file to contacts: upload, mapping, a look at what is wrong, progress, result. The address holds the import, so it outlives a reload. */
export function ImportWizard({ id }: { id?: string }) {
  return (
    <main className={styles.screen}>
      <div className={styles.page}>
        <header className={styles.head}>
          <Link to="/contacts" className={styles.back}>
            <ArrowLeft size={14} aria-hidden /> {contactWords.back}
          </Link>
          <h1>{say.title}</h1>
        </header>
        <div className={styles.scroll}>
          <div className={styles.column}>{id ? <One id={id} /> : <Begin />}</div>
        </div>
      </div>
    </main>
  );
}

function Begin() {
  const navigate = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  const earlier = useImports();
  const uploading = useMutation<ContactImport, Problem, File>({
    mutationFn: uploadList,
    onSuccess: (made) => navigate({ to: `/contacts/import/${made.id}` }),
  });
  return (
    <>
      <section className={styles.drop}>
        <Upload size={22} aria-hidden />
        <p>{say.text}</p>
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
        <Button loading={uploading.isPending} onClick={() => input.current?.click()}>
          {say.drop}
        </Button>
        <Wrong problem={uploading.error} />
      </section>
      {(earlier.data?.length ?? 0) > 0 && (
        <section className={styles.part}>
          <h3>{say.earlier}</h3>
          <ul className={styles.lines}>
            {earlier.data?.map((one) => (
              <li key={one.id}>
                <Link to={`/contacts/import/${one.id}`}>{one.file_name ?? one.id}</Link>
                <span>
                  {say.states[one.state]} · {say.progress(number(one.rows_done), number(one.rows_total))}
                </span>
                <Moment at={one.created_at} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function One({ id }: { id: string }) {
  const query = useImport(id);
  return (
    <Loaded query={query} lines={6}>
      {(one) => (one.state === 'uploaded' ? <Mapping one={one} /> : <Running one={one} />)}
    </Loaded>
  );
}

function Mapping({ one }: { one: ContactImport }) {
  const [mapping, setMapping] = useState((one.mapping ?? {}) as Record<string, string | null>);
  const [updates, setUpdates] = useState(true);
  const [country, setCountry] = useState('');
  const checking = useMutation<ImportCheck, Problem>({
    mutationFn: () =>
      ask(
        api.POST('/api/contacts/imports/{id}/check', {
          params: { path: { id: one.id } },
          body: { mapping: mapping as never, country: country || null },
        }),
      ) as Promise<ImportCheck>,
  });
  const starting = useMutation<unknown, Problem>({
    mutationFn: () =>
      ask(
        api.POST('/api/contacts/imports/{id}/start', {
          params: { path: { id: one.id } },
          body: { mapping: mapping as never, updates_existing: updates, country: country || null },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.import(one.id) }),
  });
  const set = (column: number, field: string) => {
    setMapping({ ...mapping, [column]: field || null });
    checking.reset();
  };
  return (
    <>
      <p className={styles.quiet}>
        {say.detected(number(one.rows_total), say.delimiters[one.delimiter] ?? one.delimiter, one.encoding)}
      </p>
      {one.warning && <p role="alert">{one.warning}</p>}
      <section className={styles.part}>
        <h3>{say.mapping}</h3>
        <table className={styles.mapping}>
          <thead>
            <tr>
              <th scope="col">{say.column}</th>
              <th scope="col">{say.field}</th>
              <th scope="col">{say.example}</th>
            </tr>
          </thead>
          <tbody>
            {one.columns.map((column, index) => {
              const custom = `metadata.${(column || String(index + 1)).slice(0, 100)}`;
              return (
                // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
                <tr key={index}>
                  <th scope="row" dir="auto">
                    {column}
                  </th>
                  <td>
                    <Choice
                      label={`${say.field} ${column}`}
                      value={mapping[index] ?? ''}
                      options={[
                        { value: '', name: say.skip },
                        ...Object.entries(say.fields).map(([value, name]) => ({ value, name })),
                        { value: custom, name: say.custom(column) },
                      ]}
                      onChange={(field) => set(index, field)}
                    />
                  </td>
                  <td dir="auto">
                    {one.preview
                      ?.slice(0, 3)
                      .map((row) => row[index])
                      .filter(Boolean)
                      .join(' · ')}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
        {Object.values(mapping).includes('phone') && (
          <NativeSelect
            className={styles.country}
            label={say.country}
            description={say.countryText}
            value={country}
            data={[{ value: '', label: say.noCountry }, ...countries(one)]}
            onChange={(event) => {
              setCountry(event.currentTarget.value);
              checking.reset();
            }}
          />
        )}
        <Checkbox label={say.updates} checked={updates} onChange={(event) => setUpdates(event.currentTarget.checked)} />
      </section>
      {checking.data && (
        <section className={styles.part} role="status">
          <h3>{say.checked(number(checking.data.good), number(checking.data.bad))}</h3>
          <Preview contacts={checking.data.preview as Previewed[]} />
          {checking.data.errors.length > 0 && (
            <table className={styles.mapping}>
              <thead>
                <tr>
                  <th scope="col">{say.row}</th>
                  <th scope="col">{say.wrong}</th>
                </tr>
              </thead>
              <tbody>
                {checking.data.errors.map((error) => (
                  <tr key={error.row}>
                    <th scope="row">{error.row}</th>
                    <td>{error.errors.join(' ')}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </section>
      )}
      <Wrong problem={checking.error ?? starting.error} />
      <div className={styles.tools}>
        <Button
          variant={checking.data ? 'default' : 'filled'}
          loading={checking.isPending}
          onClick={() => checking.mutate()}
        >
          {say.check}
        </Button>
        {checking.data && checking.data.good > 0 && (
          <Button loading={starting.isPending} onClick={() => starting.mutate()}>
            {say.start}
          </Button>
        )}
      </div>
    </>
  );
}

function Running({ one }: { one: ContactImport }) {
  const isRunning = one.state === 'running';
  const stopping = useMutation<unknown, Problem>({
    mutationFn: () => ask(api.POST('/api/contacts/imports/{id}/cancel', { params: { path: { id: one.id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.import(one.id) }).then(reload),
  });
  return (
    <section className={styles.part}>
      <h2 role="status">{say.states[one.state]}</h2>
      {one.stopped_by && <p role="alert">{one.stopped_by}</p>}
      <Progress.Root size={8}>
        <Progress.Section
          value={one.rows_total === 0 ? 100 : (100 * one.rows_done) / one.rows_total}
          aria-label={say.running}
        />
      </Progress.Root>
      <p className={styles.quiet}>
        {say.progress(number(one.rows_done), number(one.rows_total))}
        {isRunning && one.rows_per_second !== null && one.seconds_left !== null && (
          <> · {say.rate(number(Math.round(one.rows_per_second)), number(Math.ceil(one.seconds_left)))}</>
        )}
      </p>
      <dl className={styles.result}>
        {(['created', 'updated', 'unchanged', 'failed'] as const).map((name) => (
          <div key={name}>
            <dt>{say.result[name]}</dt>
            <dd>{number(one[name])}</dd>
          </div>
        ))}
      </dl>
      <div className={styles.tools}>
        {isRunning && (
          <Button variant="default" loading={stopping.isPending} onClick={() => stopping.mutate()}>
            {say.stop}
          </Button>
        )}
        {one.failed > 0 && (
          <Button
            component="a"
            variant="default"
            href={`/api/contacts/imports/${one.id}/errors`}
            download="not-imported.csv"
            leftSection={<Download size={14} aria-hidden />}
          >
            {say.errors}
          </Button>
        )}
        {!isRunning && (
          <Button component={Link} to="/contacts/import" variant="default">
            {say.again}
          </Button>
        )}
      </div>
    </section>
  );
}
