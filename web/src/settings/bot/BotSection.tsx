import { Link } from '@tanstack/react-router';
import { Bot as BotIcon, ChevronRight } from 'lucide-react';
import type { Integration } from '@/api/types';
import { useIntegrations } from '@/inbox/state/lists';
import { Loaded } from '@/parts/Loaded';
import { Standing, type Tone } from '@/parts/Standing';
import { Blank } from '@/parts/States';
import { botWords as say } from '@/words/bot';
import { settingsWords } from '@/words/settings';
import { Lines, Page, Part } from '../Page';
import rows from '../rows.module.css';
import { BotPage } from './BotPage';
import { Documents } from './Documents';
import { useBot } from './data';

/** The bots of the accounts, and what they all may answer from. */
export default function BotSection({ item }: { item?: string }) {
  const integrations = useIntegrations();
  if (item) return <BotPage id={item} />;
  return (
    <Page title={say.section} text={say.text}>
      <Part title={say.accounts}>
        <div className={rows.frame}>
          <Loaded query={integrations}>
            {(all) =>
              all.length === 0 ? (
                <Blank
                  icon={BotIcon}
                  title={settingsWords.integrations.none}
                  text={settingsWords.integrations.noneText}
                />
              ) : (
                <Lines label={say.accounts}>
                  {all.map((integration) => (
                    <BotLine key={integration.id} integration={integration} />
                  ))}
                </Lines>
              )
            }
          </Loaded>
        </div>
      </Part>
      <Documents />
    </Page>
  );
}

function BotLine({ integration }: { integration: Integration }) {
  const { data: bot } = useBot(integration.id);
  const [tone, word]: [Tone, string] = !bot?.is_on
    ? ['quiet', say.off]
    : bot.last_error
      ? ['bad', say.broken]
      : bot.is_within_hours
        ? ['good', say.on]
        : ['warn', say.rests];
  return (
    <li>
      <Link to={`/settings/bot/${integration.id}`} className={rows.row}>
        <span className={rows.main}>
          <b>{integration.name}</b>
          {bot && <span>{say.today(bot.answers_today, bot.tokens_today)}</span>}
        </span>
        {bot && <Standing tone={tone}>{word}</Standing>}
        <ChevronRight size={16} aria-hidden />
      </Link>
    </li>
  );
}
