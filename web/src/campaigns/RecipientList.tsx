import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Download, Users } from 'lucide-react';
import { useAddress } from '@/app/search';
import { linkTo } from '@/inbox/place';
import { Choice, Sentence } from '@/parts/Choice';
import { Loaded } from '@/parts/Loaded';
import { Moment } from '@/parts/Moment';
import { Standing } from '@/parts/Standing';
import { Blank } from '@/parts/States';
import { More } from '@/settings/More';
import { campaignWords } from '@/words/campaigns';
import styles from './campaigns.module.css';
import { exportAddress, recipientTones, useRecipients } from './data';
import type { Campaign, Recipient } from './types';

const say = campaignWords.recipients;

/** What became of it, person by person. */
export function RecipientList({ campaign }: { campaign: Campaign }) {
  const address = useAddress();
  const status = address.read('status');
  const query = useRecipients(campaign.id, status);
  return (
    <section className={styles.part} aria-label={say.title}>
      <h2>{say.title}</h2>
      <div className={styles.bar2}>
        <Sentence>
          {say.show}
          <Choice
            label={say.status}
            value={status}
            options={Object.entries(say.statuses).map(([value, name]) => ({ value, name }))}
            onChange={(value) => address.write('status', value)}
          />
        </Sentence>
        <Button
          component="a"
          variant="default"
          href={exportAddress(campaign.id, status)}
          download="recipients.csv"
          leftSection={<Download size={14} aria-hidden />}
        >
          {say.export}
        </Button>
      </div>
      <Loaded query={query} lines={5}>
        {(all) =>
          all.length === 0 ? (
            <Blank icon={Users} title={say.none} text={status ? say.noneFoundText : say.noneText} />
          ) : (
            <ul className={styles.rows} aria-label={say.title}>
              {all.map((one) => (
                <Line key={one.id} one={one} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <More query={query} />
    </section>
  );
}

function Line({ one }: { one: Recipient }) {
  const why = one.status === 'needs_review' ? say.review : one.words;
  const inside = (
    <>
      <span className={styles.what}>
        <b dir="auto">{one.name ?? one.handle}</b>
        <span dir="auto">{[one.name && one.handle, why].filter(Boolean).join(' · ')}</span>
      </span>
      <Standing tone={recipientTones[one.status] ?? 'quiet'}>{say.states[one.status] ?? one.status}</Standing>
      <Moment
        at={one.read_at ?? one.delivered_at ?? one.failed_at ?? one.sent_at ?? one.updated_at}
        className={styles.at}
      />
    </>
  );
  return (
    <li>
      {one.conversation_id ? (
        <Link {...linkTo({ view: 'all', conversation: one.conversation_id })} className={styles.row}>
          {inside}
        </Link>
      ) : (
        <div className={styles.row}>{inside}</div>
      )}
    </li>
  );
}
