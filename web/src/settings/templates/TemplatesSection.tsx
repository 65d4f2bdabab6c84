import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { ChevronDown, FileText, RefreshCw } from 'lucide-react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { usePages } from '@/api/pages';
import type { Problem } from '@/api/problem';
import { useCan } from '@/api/session';
import { reread } from '@/api/told';
import type { Integration, Page as ListPage, Template } from '@/api/types';
import { notify } from '@/app/notices';
import { useAddress } from '@/app/search';
import { useIntegrations } from '@/inbox/state/lists';
import { Choice, Sentence } from '@/parts/Choice';
import { Loaded } from '@/parts/Loaded';
import { Standing, type Tone } from '@/parts/Standing';
import { Blank } from '@/parts/States';
import { settingsWords } from '@/words/settings';
import { More } from '../More';
import { Lines, Page } from '../Page';
import rows from '../rows.module.css';
import { Preview } from './Preview';
import styles from './templates.module.css';

const say = settingsWords.templates;
const states = ['approved', 'pending', 'rejected', 'paused', 'disabled'];
const tones: Record<string, Tone> = {
  approved: 'good',
  pending: 'warn',
  rejected: 'bad',
  paused: 'warn',
  disabled: 'bad',
};

/** What providers have approved, as last read; one of them opened. */
export default function TemplatesSection({ item }: { item?: string }) {
  const address = useAddress();
  const filter = { status: address.read('status'), integration: address.read('integration') };
  const integrations = useIntegrations();
  const mayRead = useCan('editor');
  const query = usePages<Template>(
    [...keys.allTemplates, 'pages', filter],
    (cursor) =>
      ask(
        api.GET('/api/templates', {
          params: {
            query: {
              cursor,
              own: false,
              status: filter.status || undefined,
              integration_id: filter.integration || undefined,
            },
          },
        }),
      ) as Promise<ListPage<Template>>,
  );
  const isFiltered = filter.status !== '' || filter.integration !== '';
  return (
    <Page title={settingsWords.sections.templates} text={say.text} action={mayRead && <Sync />}>
      <Sentence>
        {say.sentence.show}
        <Choice
          label={say.state}
          value={filter.status}
          options={[
            { value: '', name: say.sentence.any },
            ...states.map((value) => ({ value, name: (say.states[value] ?? value).toLocaleLowerCase() })),
          ]}
          onChange={(value) => address.write('status', value)}
        />
        {say.sentence.of}
        <Choice
          label={say.account}
          value={filter.integration}
          options={[
            { value: '', name: say.sentence.everyAccount },
            ...(integrations.data ?? []).map((one) => ({ value: one.id, name: one.name })),
          ]}
          onChange={(value) => address.write('integration', value)}
        />
      </Sentence>
      <div className={`${rows.frame} ${styles.list}`}>
        <Loaded query={query} lines={5}>
          {(templates) =>
            templates.length === 0 ? (
              <Blank
                icon={FileText}
                title={isFiltered ? say.noneFound : say.none}
                text={isFiltered ? say.noneFoundText : say.noneText}
              />
            ) : (
              <Lines label={settingsWords.sections.templates}>
                {templates.map((template) => (
                  <TemplateLine
                    key={template.id}
                    template={template}
                    integration={integrations.data?.find((one) => one.id === template.integration_id)}
                    isOpen={template.id === item}
                  />
                ))}
              </Lines>
            )
          }
        </Loaded>
      </div>
      <More query={query} />
    </Page>
  );
}

function TemplateLine({
  template,
  integration,
  isOpen,
}: {
  template: Template;
  integration?: Integration;
  isOpen: boolean;
}) {
  const search = useSearch({ strict: false });
  return (
    <li>
      <Link
        to={isOpen ? '/settings/templates' : `/settings/templates/${template.id}`}
        search={search as never}
        replace
        className={rows.row}
        aria-expanded={isOpen}
      >
        <span className={rows.main}>
          <b>{template.name}</b>
          <span>
            {[languageName(template.language), template.category, integration?.name].filter(Boolean).join(' · ')}
          </span>
        </span>
        <Standing tone={tones[template.status] ?? 'quiet'}>{say.states[template.status] ?? template.status}</Standing>
        <ChevronDown className={styles.fold} size={16} aria-hidden />
      </Link>
      {isOpen && (
        <div className={styles.open}>
          <Preview template={template} />
          <Facts template={template} />
        </div>
      )}
    </li>
  );
}

function Facts({ template }: { template: Template }) {
  const { variables } = template;
  const asked = [
    ...(variables.media ? [say.media[variables.media] ?? variables.media] : []),
    ...[...variables.header, ...variables.body].map(say.variable),
    ...variables.buttons.map(say.buttonVariable),
  ];
  const quality = say.qualities[template.quality?.toLowerCase() ?? ''];
  return (
    <dl className={styles.facts}>
      {template.rejected_reason && (
        <>
          <dt>{say.rejected}</dt>
          <dd className={rows.bad}>{say.reason(template.rejected_reason)}</dd>
        </>
      )}
      <dt>{say.asks}</dt>
      <dd>{asked.length === 0 ? say.asksNothing : asked.join(', ')}</dd>
      {quality && (
        <>
          <dt>{say.quality}</dt>
          <dd>{quality}</dd>
        </>
      )}
    </dl>
  );
}

function Sync() {
  const sync = useMutation<{ templates: number; problems: string[] }, Problem>({
    mutationFn: () =>
      ask(api.POST('/api/templates/sync', { body: {} })) as Promise<{ templates: number; problems: string[] }>,
    onSuccess: ({ templates, problems }) => {
      if (problems.length > 0) notify(problems.join(' '), { isBad: true });
      else notify(say.synced(templates));
      reread(keys.allTemplates);
    },
    onError: (problem) => notify(problem.message, { isBad: true }),
  });
  return (
    <Button
      variant="default"
      leftSection={<RefreshCw size={14} aria-hidden />}
      loading={sync.isPending}
      onClick={() => sync.mutate()}
    >
      {say.sync}
    </Button>
  );
}

/** "en_US" as the reader calls it. */
function languageName(code: string): string {
  try {
    return new Intl.DisplayNames(undefined, { type: 'language' }).of(code.replaceAll('_', '-')) ?? code;
  } catch {
    return code;
  }
}
