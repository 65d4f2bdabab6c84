import { Link, useNavigate } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { FileView } from '@/inbox/message/FileView';
import { useIntegrations } from '@/inbox/state/lists';
import { fill } from '@/inbox/template/template';
import { exactTime, soon } from '@/parts/dates';
import { Loaded } from '@/parts/Loaded';
import { Standing } from '@/parts/Standing';
import reports from '@/reports/Reports.module.css';
import { campaignWords } from '@/words/campaigns';
import { Bar } from './Bar';
import { CampaignActions } from './CampaignActions';
import styles from './campaigns.module.css';
import { progressOf, standingOf, useCampaign } from './data';
import { ProgressChart } from './ProgressChart';
import { RecipientList } from './RecipientList';
import type { Campaign } from './types';
import { valuesOf } from './wizard/form';

const say = campaignWords.one;

/** One campaign: how it stands, what became of it person by person, and what can be done. */
export function CampaignPage({ id }: { id: string }) {
  const query = useCampaign(id);
  const navigate = useNavigate();
  return (
    <>
      <Link to="/campaigns" className={styles.back}>
        <ArrowLeft size={14} aria-hidden /> {campaignWords.back}
      </Link>
      <Loaded query={query} lines={8} onBack={() => navigate({ to: '/campaigns' })}>
        {(campaign) => <One campaign={campaign} />}
      </Loaded>
    </>
  );
}

function One({ campaign }: { campaign: Campaign }) {
  const { tone, text } = standingOf(campaign);
  const isBegun = campaign.started_at !== null;
  return (
    <>
      <header className={styles.head}>
        <div>
          <h1 dir="auto">{campaign.name}</h1>
          <span role="status">
            <Standing tone={tone}>{text}</Standing>
          </span>
        </div>
        <CampaignActions campaign={campaign} />
      </header>
      <Notice campaign={campaign} />
      {isBegun && <Progress campaign={campaign} />}
      <Facts campaign={campaign} />
      {isBegun && <RecipientList campaign={campaign} />}
    </>
  );
}

/** Why it stands as it stands, where the state alone does not say it. */
function Notice({ campaign }: { campaign: Campaign }) {
  if (campaign.status === 'paused')
    return (
      <p className={styles.note} role="alert">
        {say.pauses[campaign.pause_cause ?? ''] ?? say.pausedTitle}{' '}
        {campaign.pause_cause !== 'user' && campaign.pause_reason}
      </p>
    );
  if (campaign.status === 'scheduled' && campaign.schedule)
    return (
      <p className={styles.note}>
        {say.starts(soon(new Date(campaign.schedule.scheduled_at)), campaign.schedule.time_zone)}
      </p>
    );
  if (campaign.phase === 'waiting' && campaign.waits_until)
    return <p className={styles.note}>{say.waits(soon(new Date(campaign.waits_until)))}</p>;
  return campaign.status === 'draft' ? <p className={styles.quiet}>{say.draftText}</p> : null;
}

function Progress({ campaign }: { campaign: Campaign }) {
  const { done, total } = progressOf(campaign);
  const rate = useRate(campaign.status === 'running' ? done : undefined);
  const { counts } = campaign;
  const tiles: [string, number, number?][] = [
    [say.facts.recipients, total + counts.cancelled],
    [say.facts.sent, campaign.sent_count, done],
    [say.facts.delivered, campaign.delivered_count, campaign.sent_count],
    [say.facts.read, campaign.read_count, campaign.sent_count],
    [say.facts.failed, campaign.failed_count, done],
    ...([
      [say.facts.review, counts.needs_review],
      [say.facts.skipped, counts.skipped],
      [say.facts.cancelled, counts.cancelled],
    ].filter(([, value]) => Number(value) > 0) as [string, number][]),
  ];
  return (
    <>
      <div className={styles.progress}>
        <Bar campaign={campaign} />
        <p>
          <b>{campaignWords.done(done, total)}</b>
          {campaign.is_counting && <span>{say.counting}</span>}
          {rate > 0 && total > done && (
            <span>
              {say.rate(
                rate.toLocaleString(undefined, { maximumFractionDigits: rate < 10 ? 1 : 0 }),
                say.seconds((total - done) / rate),
              )}
            </span>
          )}
        </p>
      </div>
      <dl className={`${reports.tiles} ${styles.tiles}`}>
        {tiles.map(([name, value, of]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <b>{value.toLocaleString()}</b>
              {of !== undefined && <span>{of > 0 ? say.part((100 * value) / of) : '–'}</span>}
            </dd>
          </div>
        ))}
      </dl>
      <ProgressChart campaign={campaign} />
    </>
  );
}

const LOOKS_BACK = 20_000;

/** How many a second, over the last moments that this page saw. */
function useRate(done: number | undefined): number {
  const seen = useRef<{ at: number; done: number }[]>([]);
  const [rate, setRate] = useState(0);
  useEffect(() => {
    if (done === undefined) {
      seen.current = [];
      setRate(0);
      return;
    }
    const now = Date.now();
    seen.current = [...seen.current.filter((one) => now - one.at < LOOKS_BACK), { at: now, done }];
    const first = seen.current[0];
    if (first && now - first.at >= 1000) setRate(Math.max(0, ((done - first.done) * 1000) / (now - first.at)));
  }, [done]);
  return rate;
}

function Facts({ campaign }: { campaign: Campaign }) {
  const integrations = useIntegrations();
  const account = integrations.data?.find((one) => one.id === campaign.integration_id)?.name;
  const { hours, template } = campaign;
  const facts: [string, string | null | false][] = [
    [campaignWords.audience.account, integrations.data ? (account ?? campaignWords.removedAccount) : '…'],
    [say.facts.recipients, audienceOf(campaign)],
    [
      say.hours,
      hours !== null &&
        `${hours.from}–${hours.to} (${hours.time_zone}), ${hours.days.map((day) => campaignWords.schedule.weekdays[day - 1]?.slice(0, 3)).join(', ')}`,
    ],
    [say.pace, campaign.rate_per_second !== null && say.perSecond(campaign.rate_per_second)],
    [say.created, exactTime(campaign.created_at)],
    [say.started, campaign.started_at && exactTime(campaign.started_at)],
    [say.completed, campaign.completed_at && exactTime(campaign.completed_at)],
  ];
  return (
    <section className={styles.part} aria-label={say.words}>
      <h2>{say.words}</h2>
      {template && <p className={styles.quiet}>{say.template(template.name, template.language)}</p>}
      {(campaign.attachment || campaign.message) && (
        <div className={styles.bubble} data-file={campaign.attachment ? true : undefined}>
          {campaign.attachment && <FileView file={campaign.attachment} />}
          {campaign.message && (
            <p dir="auto">{template ? fill(campaign.message, 'body', valuesOf(template)) : campaign.message}</p>
          )}
        </div>
      )}
      {campaign.link && <p className={styles.link}>{campaign.link}</p>}
      <dl className={styles.facts}>
        {facts.map(
          ([name, value]) =>
            value && (
              <div key={name}>
                <dt>{name}</dt>
                <dd dir="auto">{value}</dd>
              </div>
            ),
        )}
        {campaign.source_id && (
          <div>
            <dt>{say.retryOf}</dt>
            <dd>
              <Link to={`/campaigns/${campaign.source_id}`}>{campaignWords.back}</Link>
            </dd>
          </div>
        )}
      </dl>
    </section>
  );
}

function audienceOf({ audience, recipients_count, source_id }: Campaign): string {
  if (source_id) return say.retry;
  if (audience.csv) return campaignWords.audience.file;
  if (recipients_count > 0) return campaignWords.audience.count(recipients_count);
  return audience.everybody ? campaignWords.audience.all : campaignWords.audience.some;
}
