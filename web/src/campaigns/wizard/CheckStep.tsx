import { Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { api, ask } from '@/api/client';
import type { Problem } from '@/api/problem';
import { notify } from '@/app/notices';
import { Ask } from '@/parts/Ask';
import { exactTime } from '@/parts/dates';
import { Loaded } from '@/parts/Loaded';
import { field, Wrong } from '@/settings/forms';
import { campaignWords } from '@/words/campaigns';
import styles from '../campaigns.module.css';
import { act, renderFor, schedule, sendTest, usePreview } from '../data';
import type { Campaign, Preview, Sample } from '../types';
import type { Form } from './form';
import { Said } from './Said';

const say = campaignWords.check;

/** Whom it reaches, whom not and why, what they will read; and then it goes. */
export function CheckStep({ campaign, form, back }: { campaign: Campaign; form: Form; back: ReactNode }) {
  const query = usePreview(campaign.id, campaign.version);
  return (
    <>
      <Loaded query={query} lines={4}>
        {(preview) => <Found preview={preview} />}
      </Loaded>
      <LookAt campaign={campaign} />
      <Test campaign={campaign} />
      <div className={styles.go}>
        {back}
        {query.data && <Go campaign={campaign} form={form} preview={query.data} />}
      </div>
    </>
  );
}

function Found({ preview }: { preview: Preview }) {
  const asides = [
    preview.duplicates > 0 && say.duplicates(preview.duplicates),
    preview.invalid > 0 && say.invalid(preview.invalid),
  ].filter(Boolean);
  return (
    <>
      <section className={styles.reach} role="status">
        <b>{preview.sendable === 0 ? say.nobody : say.reaches(preview.sendable)}</b>
        {!preview.is_complete && <p>{say.incomplete}</p>}
        {asides.length > 0 && <p>{asides.join(', ')}</p>}
      </section>
      {preview.skipped.length > 0 && (
        <section className={styles.part}>
          <h2>{say.refused}</h2>
          <table className={styles.reasons}>
            <thead>
              <tr>
                <th scope="col">{say.reason}</th>
                <th scope="col">{say.people}</th>
              </tr>
            </thead>
            <tbody>
              {preview.skipped.map((one) => (
                <tr key={one.reason}>
                  <td>
                    {one.words}
                    <small dir="auto">
                      {preview.refused
                        .filter((sample) => sample.reason === one.reason)
                        .map((sample) => sample.name ?? sample.handle)
                        .join(', ')}
                    </small>
                  </td>
                  <td>{one.count.toLocaleString()}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {preview.sample.length > 0 && (
        <section className={styles.part} aria-label={say.sample}>
          <h2>{say.sample}</h2>
          <div className={styles.samples}>
            {preview.sample.slice(0, 3).map((sample) => (
              <Said key={sample.handle ?? sample.contact_id} sample={sample} />
            ))}
          </div>
        </section>
      )}
    </>
  );
}

/** Any recipient: by a number, or by a name that the contacts know. */
function LookAt({ campaign }: { campaign: Campaign }) {
  const [text, setText] = useState('');
  const looking = useMutation<Sample | undefined, Problem>({
    mutationFn: async () => {
      const whom = text.trim();
      if (/^\+?[\d\s()./-]{6,}$/.test(whom)) return renderFor(campaign.id, { to: whom });
      const { items } = await ask(api.GET('/api/contacts', { params: { query: { q: whom, limit: 1 } } }));
      return items[0] ? renderFor(campaign.id, { contact_id: items[0].id }) : undefined;
    },
  });
  return (
    <section className={styles.part}>
      <div className={styles.ask}>
        <TextInput
          {...field}
          label={say.any}
          description={say.anyHelp}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            looking.reset();
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            if (text.trim()) looking.mutate();
          }}
        />
        <Button variant="default" disabled={!text.trim()} loading={looking.isPending} onClick={() => looking.mutate()}>
          {say.look}
        </Button>
      </div>
      {looking.isSuccess && !looking.data && <p role="status">{say.notFound}</p>}
      {looking.data && <Said sample={looking.data} />}
      <Wrong problem={looking.error} />
    </section>
  );
}

function Test({ campaign }: { campaign: Campaign }) {
  const [to, setTo] = useState('');
  const testing = useMutation<unknown, Problem>({
    mutationFn: () => sendTest(campaign.id, to.trim()),
    onSuccess: () => notify(say.tested(to.trim())),
  });
  return (
    <details className={styles.details}>
      <summary>{say.test}</summary>
      <div className={styles.ask}>
        <TextInput
          {...field}
          label={say.testTo}
          description={say.testHelp}
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
          error={testing.error?.fields.to}
        />
        <Button variant="default" disabled={!to.trim()} loading={testing.isPending} onClick={() => testing.mutate()}>
          {say.testAction}
        </Button>
      </div>
      <Wrong problem={testing.error} fields={['to']} />
    </details>
  );
}

function Go({ campaign, form, preview }: { campaign: Campaign; form: Form; preview: Preview }) {
  const navigate = useNavigate();
  const [isAsking, setAsking] = useState(false);
  const going = useMutation<Campaign, Problem>({
    mutationFn: () =>
      form.isLater ? schedule(campaign, form.at, form.zone.trim()) : act(campaign.id, 'start', campaign.version),
    onSuccess: () => {
      notify(form.isLater ? say.scheduled : say.started);
      void navigate({ to: `/campaigns/${campaign.id}`, replace: true });
    },
  });
  const when = form.isLater ? exactTime(form.at) : '';
  return (
    <>
      <Button type="button" disabled={preview.sendable === 0} onClick={() => setAsking(true)}>
        {form.isLater ? say.schedule(when) : say.start}
      </Button>
      {isAsking && (
        <Ask
          title={form.isLater ? say.schedule(when) : say.startTitle(preview.sendable)}
          text={form.isLater ? say.reaches(preview.sendable) : say.startText}
          action={form.isLater ? say.schedule(when) : say.start}
          isBusy={going.isPending}
          problem={going.error?.message}
          onYes={() => going.mutate()}
          onClose={() => {
            setAsking(false);
            going.reset();
          }}
        />
      )}
    </>
  );
}
