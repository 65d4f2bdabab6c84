import { Button } from '@mantine/core';
import { Link, useLocation, useNavigate, useParams } from '@tanstack/react-router';
import { Megaphone, Plus, SearchX } from 'lucide-react';
import { useRef } from 'react';
import { useCan } from '@/api/session';
import { useActions } from '@/app/actions';
import { useAddress } from '@/app/search';
import { useIntegrations } from '@/inbox/state/lists';
import { ChannelMark } from '@/parts/ChannelMark';
import { Choice, Sentence } from '@/parts/Choice';
import { Loaded } from '@/parts/Loaded';
import { Moment } from '@/parts/Moment';
import { Standing } from '@/parts/Standing';
import { Blank } from '@/parts/States';
import { Field } from '@/search/Field';
import { More } from '@/settings/More';
import { words } from '@/words';
import { campaignWords as say } from '@/words/campaigns';
import { Bar } from './Bar';
import { CampaignPage } from './CampaignPage';
import styles from './campaigns.module.css';
import { progressOf, standingOf, useCampaigns } from './data';
import type { Campaign } from './types';
import { CampaignWizard } from './wizard/CampaignWizard';

/** All campaigns; one of them; or the way to a new one. */
export default function CampaignsScreen() {
  const { campaignId } = useParams({ strict: false }) as { campaignId?: string };
  const { pathname } = useLocation();
  return (
    <main className={styles.screen}>
      <div className={styles.column}>
        {pathname.startsWith('/campaigns/new') ? (
          <CampaignWizard key="new" />
        ) : campaignId === undefined ? (
          <All />
        ) : pathname.endsWith('/edit') ? (
          <CampaignWizard key={campaignId} id={campaignId} />
        ) : (
          <CampaignPage key={campaignId} id={campaignId} />
        )}
      </div>
    </main>
  );
}

function All() {
  const address = useAddress();
  const navigate = useNavigate();
  const canWrite = useCan('editor');
  const filter = { q: address.read('q'), status: address.read('status') };
  const query = useCampaigns(filter);
  const field = useRef<HTMLInputElement>(null);
  const isFiltered = filter.q !== '' || filter.status !== '';
  useActions(
    canWrite
      ? [
          {
            id: 'campaigns:new',
            name: say.add,
            group: 'list',
            keys: 'n',
            run: () => navigate({ to: '/campaigns/new' }),
          },
        ]
      : [],
  );
  const add = canWrite && (
    <Button component={Link} to="/campaigns/new" className={styles.main} leftSection={<Plus size={14} aria-hidden />}>
      {say.add}
    </Button>
  );
  return (
    <>
      <header className={styles.head}>
        <h1>{words.screens.campaigns}</h1>
        {add}
      </header>
      <Field
        ref={field}
        value={filter.q}
        onChange={(text) => address.write('q', text)}
        onDown={() => document.querySelector<HTMLAnchorElement>('[data-campaigns] a')?.focus()}
        label={say.search}
        isFirst={false}
      />
      <Sentence>
        {say.sentence.show}
        <Choice
          label={say.sentence.status}
          value={filter.status}
          options={Object.entries(say.sentence.statuses).map(([value, name]) => ({ value, name }))}
          onChange={(value) => address.write('status', value)}
        />
      </Sentence>
      <Loaded query={query} lines={5}>
        {(all) =>
          all.length === 0 ? (
            <Blank
              icon={isFiltered ? SearchX : Megaphone}
              title={isFiltered ? say.noneFound : say.none}
              text={isFiltered ? say.noneFoundText : say.noneText}
            >
              {!isFiltered && add}
            </Blank>
          ) : (
            <ul className={styles.rows} aria-label={words.screens.campaigns} data-campaigns>
              {all.map((campaign) => (
                <Row key={campaign.id} campaign={campaign} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <More query={query} />
    </>
  );
}

function Row({ campaign }: { campaign: Campaign }) {
  const integrations = useIntegrations();
  const { tone, text } = standingOf(campaign);
  const { done, total } = progressOf(campaign);
  const account = integrations.data?.find((one) => one.id === campaign.integration_id)?.name;
  const isBegun = campaign.started_at !== null;
  return (
    <li>
      <Link to={`/campaigns/${campaign.id}`} className={styles.row}>
        <span className={styles.what}>
          <b dir="auto">{campaign.name}</b>
          <span>
            <ChannelMark channel={campaign.channel} /> {integrations.data && say.through(account ?? say.removedAccount)}
          </span>
        </span>
        {isBegun && (
          <span className={styles.so}>
            <Bar campaign={campaign} isSmall />
            <small>{say.done(done, total)}</small>
          </span>
        )}
        <Standing tone={tone}>{text}</Standing>
        <Moment
          at={campaign.schedule?.scheduled_at ?? campaign.started_at ?? campaign.created_at}
          className={styles.at}
        />
      </Link>
    </li>
  );
}
