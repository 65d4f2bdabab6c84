import { Button } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { Cable, ChevronRight, Plus } from 'lucide-react';
import { useCan } from '@/api/session';
import type { Integration } from '@/api/types';
import { useIntegrations } from '@/inbox/state/lists';
import { ChannelMark, channelName } from '@/parts/ChannelMark';
import { Loaded, NoAccess } from '@/parts/Loaded';
import { Standing } from '@/parts/Standing';
import { Blank } from '@/parts/States';
import { settingsWords } from '@/words/settings';
import { Lines, Page } from '../Page';
import rows from '../rows.module.css';
import { ConnectPage } from './ConnectPage';
import { providerName, standingOf } from './data';
import { IntegrationPage } from './IntegrationPage';

const say = settingsWords.integrations;

/** The connected accounts, one of them, or the form for another. */
export default function IntegrationsSection({ item }: { item?: string }) {
  const isAdmin = useCan('admin');
  if (item === 'new') return isAdmin ? <ConnectPage /> : <NoAccess />;
  return item ? <IntegrationPage id={item} key={item} /> : <IntegrationList />;
}

function IntegrationList() {
  const query = useIntegrations();
  const isAdmin = useCan('admin');
  const navigate = useNavigate();
  const connect = (
    <Button leftSection={<Plus size={14} aria-hidden />} onClick={() => navigate({ to: '/settings/integrations/new' })}>
      {say.connect}
    </Button>
  );
  return (
    <Page
      title={settingsWords.sections.integrations}
      text={say.text}
      action={isAdmin && query.data && query.data.length > 0 && connect}
    >
      <div className={rows.frame}>
        <Loaded query={query} lines={3}>
          {(integrations) =>
            integrations.length === 0 ? (
              <Blank icon={Cable} title={say.none} text={isAdmin ? say.noneText : say.noneForYou}>
                {isAdmin && connect}
              </Blank>
            ) : (
              <Lines label={settingsWords.sections.integrations}>
                {integrations.map((integration) => (
                  <IntegrationLine key={integration.id} integration={integration} />
                ))}
              </Lines>
            )
          }
        </Loaded>
      </div>
    </Page>
  );
}

function IntegrationLine({ integration }: { integration: Integration }) {
  const { tone, word } = standingOf(integration);
  const isBroken = tone === 'bad' && integration.health_message !== null;
  return (
    <li>
      <Link
        to={`/settings/integrations/${integration.id}`}
        className={rows.row}
        data-quiet={integration.status !== 'active' || undefined}
      >
        <ChannelMark channel={integration.channel} />
        <span className={rows.main}>
          <b>{integration.name}</b>
          <span className={isBroken ? rows.bad : undefined}>
            {isBroken
              ? integration.health_message
              : `${channelName(integration.channel)} · ${providerName(integration.provider)} · ${integration.external_id}`}
          </span>
        </span>
        <Standing tone={tone}>{word}</Standing>
        <ChevronRight className={rows.into} size={16} aria-hidden />
      </Link>
    </li>
  );
}
