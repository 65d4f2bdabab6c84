import { useQuery } from '@tanstack/react-query';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { Loaded } from '@/parts/Loaded';
import { Moment } from '@/parts/Moment';
import { Standing } from '@/parts/Standing';
import { settingsWords } from '@/words/settings';
import { Lines, Part } from '../Page';
import rows from '../rows.module.css';

const say = settingsWords.integrations.health;
const names: Record<string, string> = { ok: say.ok, failing: say.failing, unknown: say.renewed };

/** When an account began to work, and when it ceased to. Read anew when its health was looked at. */
export function HealthHistory({ id, at }: { id: string; at: string | null }) {
  const query = useQuery({
    queryKey: [...keys.healthEvents(id), at],
    queryFn: async () =>
      (await ask(api.GET('/api/integrations/{id}/health-events', { params: { path: { id } } }))).items,
    staleTime: 0,
  });
  return (
    <Part title={say.history} text={say.historyText}>
      <Loaded query={query} lines={2}>
        {(events) =>
          events.length === 0 ? (
            <p>{say.noHistory}</p>
          ) : (
            <Lines label={say.history}>
              {events.slice(0, 20).map((event) => (
                <li key={event.id} className={rows.row}>
                  <div className={rows.main}>
                    <span>{event.message}</span>
                  </div>
                  <Standing tone={event.health === 'ok' ? 'good' : event.health === 'failing' ? 'bad' : 'quiet'}>
                    {names[event.health] ?? event.health}
                  </Standing>
                  <Moment at={event.created_at} />
                </li>
              ))}
            </Lines>
          )
        }
      </Loaded>
    </Part>
  );
}
