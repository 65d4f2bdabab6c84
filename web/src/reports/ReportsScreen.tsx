import { ChartColumn } from 'lucide-react';
import { useAddress } from '@/app/search';
import { useIntegrations } from '@/inbox/state/lists';
import { Choice, Sentence } from '@/parts/Choice';
import { Loaded } from '@/parts/Loaded';
import { Blank } from '@/parts/States';
import { words } from '@/words';
import { reportWords as say } from '@/words/reports';
import { DeliveryChart } from './DeliveryChart';
import { lastDays, useReports } from './data';
import { HoursChart } from './HoursChart';
import styles from './Reports.module.css';
import { ResponseTable, TeamTable } from './TeamTable';
import { Tiles } from './Tiles';
import { VolumeChart } from './VolumeChart';

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
const clock = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const LATE = 60_000;

/** How much was said, what became of it, and how long people waited. */
export default function ReportsScreen() {
  const address = useAddress();
  const chosen = address.read('days');
  const days = chosen in say.periods ? chosen : '30';
  const channel = address.read('channel');
  const integrations = useIntegrations();
  const { volume, delivery, responses, hours, team } = useReports({
    ...lastDays(Number(days), zone),
    time_zone: zone,
    channel: channel || undefined,
  });
  const channels = [...new Set(integrations.data?.map((one) => one.channel) ?? [])].sort();
  const until = volume.data?.period.counted_until;
  const isLate = until && Date.now() - Date.parse(until) > LATE;
  return (
    <main className={styles.screen}>
      <header className={styles.head}>
        <h1>{words.screens.reports}</h1>
        <Sentence>
          {say.sentence.show}
          <Choice
            label={say.sentence.period}
            value={days}
            options={Object.entries(say.periods).map(([value, name]) => ({ value, name }))}
            onChange={(value) => address.write('days', value)}
          />
          {say.sentence.on}
          <Choice
            label={say.sentence.channel}
            value={channel}
            options={[
              { value: '', name: say.sentence.every },
              ...channels.map((value) => ({ value, name: words.inbox.channels[value] ?? value })),
            ]}
            onChange={(value) => address.write('channel', value)}
          />
        </Sentence>
        <p role="status">
          {say.zone(zone)} {volume.data && !until && say.counting}
          {isLate && say.until(clock.format(new Date(until)))}
        </p>
      </header>
      <Loaded query={volume} lines={8}>
        {(loaded) =>
          Number(loaded.received) + Number(loaded.sent) === 0 ? (
            <Blank icon={ChartColumn} title={say.none} text={say.noneText} />
          ) : (
            <div className={styles.parts}>
              <Tiles volume={loaded} delivery={delivery.data} responses={responses.data} />
              <VolumeChart volume={loaded} />
              <Loaded query={delivery} lines={3}>
                {(counts) => <DeliveryChart delivery={counts} />}
              </Loaded>
              <Loaded query={hours} lines={6}>
                {(counts) => <HoursChart hours={counts} />}
              </Loaded>
              <Loaded query={team} lines={3}>
                {(members) => <TeamTable team={members} />}
              </Loaded>
              {responses.data && responses.data.days.length > 0 && <ResponseTable responses={responses.data} />}
            </div>
          )
        }
      </Loaded>
    </main>
  );
}
