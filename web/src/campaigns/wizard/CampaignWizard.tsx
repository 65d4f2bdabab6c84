import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import { useRef, useState } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Problem } from '@/api/problem';
import { newKey } from '@/api/secure';
import { useCan } from '@/api/session';
import type { Template } from '@/api/types';
import { notify } from '@/app/notices';
import { useAddress } from '@/app/search';
import { useIntegrations } from '@/inbox/state/lists';
import { Loaded, NoAccess } from '@/parts/Loaded';
import { Wrong } from '@/settings/forms';
import { campaignWords as say } from '@/words/campaigns';
import styles from '../campaigns.module.css';
import { saveCampaign, useWholeCampaign } from '../data';
import type { Campaign } from '../types';
import { AudienceStep } from './AudienceStep';
import { CheckStep } from './CheckStep';
import { emptyForm, type Form, formOf, lacks, requestOf } from './form';
import { MessageStep } from './MessageStep';
import { ScheduleStep } from './ScheduleStep';

const steps = Object.keys(say.steps);

/** From an audience to a message on its way, in four steps. A draft is saved when it is checked, so the address outlives a reload. */
export function CampaignWizard({ id }: { id?: string }) {
  const mayWrite = useCan('editor');
  if (!mayWrite) return <NoAccess />;
  return id === undefined ? <Wizard /> : <Opened id={id} />;
}

function Opened({ id }: { id: string }) {
  const query = useWholeCampaign(id);
  const navigate = useNavigate();
  return (
    <Loaded query={query} lines={8} onBack={() => navigate({ to: '/campaigns' })}>
      {(campaign) => <Wizard campaign={campaign} />}
    </Loaded>
  );
}

/** The templates that the account may send: its provider's, and those of one's own. */
export function useTemplates(account: string, channel: string | undefined) {
  return useQuery<Template[], Problem>({
    queryKey: [...keys.allTemplates, 'for-campaigns', account],
    enabled: account !== '' && channel !== undefined,
    queryFn: async () => {
      const read = (query: object) =>
        ask(api.GET('/api/templates', { params: { query: { status: 'approved', limit: 200, ...query } } }));
      const [theirs, own] = await Promise.all([read({ integration_id: account }), read({ own: true, channel })]);
      return [...theirs.items, ...own.items.filter((one) => one.is_active)];
    },
  });
}

function Wizard({ campaign }: { campaign?: Campaign }) {
  const navigate = useNavigate();
  const address = useAddress();
  // As it was when the form was made of it, or saved: what a colleague wrote since is not written over.
  const [seen, setSeen] = useState(campaign);
  const [form, setForm] = useState<Form>(() => (seen ? formOf(seen) : emptyForm()));
  const key = useRef(newKey());
  const integrations = useIntegrations();
  const account = integrations.data?.find((one) => one.id === form.account);
  const templates = useTemplates(form.account, account?.channel);
  const template = templates.data?.find(
    (one) => one.name === form.template?.name && one.language === form.template.language,
  );
  const asked = address.read('step');
  const isKnown = steps.includes(asked) && (asked !== 'check' || campaign !== undefined);
  const step = isKnown ? asked : (steps[0] ?? '');
  const at = steps.indexOf(step);
  const isMissing = (until: number) => steps.slice(0, until).some((one) => lacks(form, one, template));
  const set = (part: Partial<Form>) => setForm((before) => ({ ...before, ...part }));

  const saving = useMutation<Campaign, Problem, string>({
    mutationFn: () => saveCampaign(requestOf(form, template, seen), seen, key.current),
    onError: () => {
      key.current = newKey();
    },
    onSuccess: (saved, then) => {
      setSeen(saved);
      if (then === 'draft') {
        notify(say.savedDraft);
        void navigate({ to: `/campaigns/${saved.id}` });
      } else void navigate({ to: `/campaigns/${saved.id}/edit`, search: { step: then } as never, replace: true });
    },
  });
  const go = (to: string) => (to === 'check' ? saving.mutate('check') : void address.write('step', to));
  const next = steps[at + 1];
  const before = steps[at - 1];
  const back = before && (
    <Button variant="default" onClick={() => void address.write('step', before)}>
      {say.before}
    </Button>
  );
  return (
    <>
      <header className={styles.wizard}>
        <Link to={campaign ? `/campaigns/${campaign.id}` : '/campaigns'} className={styles.back}>
          <ArrowLeft size={14} aria-hidden /> {campaign ? campaign.name : say.back}
        </Link>
        <h1>{campaign ? say.editTitle(campaign.name) : say.newTitle}</h1>
        <ol className={styles.steps} aria-label={say.stepOf(at + 1, steps.length, say.steps[step] ?? '')}>
          {steps.map((one, index) => (
            <li key={one} data-done={index < at || undefined}>
              <button
                type="button"
                aria-current={one === step ? 'step' : undefined}
                disabled={isMissing(index) || saving.isPending}
                onClick={() => go(one)}
              >
                <i aria-hidden>{index + 1}</i>
                <span>{say.steps[one]}</span>
              </button>
            </li>
          ))}
        </ol>
      </header>
      <form
        className={styles.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (next) go(next);
        }}
      >
        {step === 'audience' && <AudienceStep form={form} set={set} problem={saving.error} before={campaign} />}
        {step === 'message' && (
          <MessageStep
            form={form}
            set={set}
            templates={templates}
            template={template}
            channel={account?.channel}
            problem={saving.error}
          />
        )}
        {step === 'schedule' && <ScheduleStep form={form} set={set} problem={saving.error} />}
        {step === 'check' && seen && <CheckStep campaign={seen} form={form} back={back} />}
        <Wrong problem={saving.error} />
        <div className={styles.end}>
          {step !== 'check' && back}
          <span className={styles.gap} />
          {next && (
            <>
              {!isMissing(3) && (
                <Button
                  variant="subtle"
                  loading={saving.isPending && saving.variables === 'draft'}
                  onClick={() => saving.mutate('draft')}
                >
                  {say.saveDraft}
                </Button>
              )}
              <Button
                type="submit"
                loading={saving.isPending && saving.variables === 'check'}
                disabled={lacks(form, step, template) || (next === 'check' && isMissing(3))}
              >
                {say.next}
              </Button>
            </>
          )}
        </div>
      </form>
    </>
  );
}

export interface StepProps {
  form: Form;
  set: (part: Partial<Form>) => void;
  problem: Problem | null;
}
