import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask } from '@/api/client';
import type { Problem } from '@/api/problem';
import { useCan } from '@/api/session';
import type { Integration } from '@/api/types';
import { Nowhere } from '@/app/Lost';
import { notify } from '@/app/notices';
import { useIntegrations } from '@/inbox/state/lists';
import { Ask } from '@/parts/Ask';
import { channelName } from '@/parts/ChannelMark';
import { Loaded } from '@/parts/Loaded';
import { Moment } from '@/parts/Moment';
import { Standing } from '@/parts/Standing';
import { settingsWords } from '@/words/settings';
import { Page, Part } from '../Page';
import { forgetTest, providerName, remember, standingOf, useForms, useLastTest, useTest } from './data';
import { HealthHistory } from './HealthHistory';
import styles from './integrations.module.css';
import { Pause } from './Pause';
import { Reception } from './Reception';
import { Removal } from './Removal';
import { showField } from './SettingFields';
import { SettingsFacts, SettingsForm } from './SettingsForm';
import { SyncPart } from './SyncPart';

const say = settingsWords.integrations;
const back = { to: '/settings/integrations', name: say.back };

/** One account: how it is, where the provider delivers, and what it is set to. */
export function IntegrationPage({ id }: { id: string }) {
  const integrations = useIntegrations();
  const forms = useForms();
  const isAdmin = useCan('admin');
  const integration = integrations.data?.find((one) => one.id === id);
  const form = forms.data?.find((one) => one.provider === integration?.provider);
  const fields = form?.fields;
  if (integrations.data && !integration) return <Nowhere isPage={false} />;
  if (!integration)
    return (
      <Page title="" back={back}>
        <Loaded query={integrations}>{() => null}</Loaded>
      </Page>
    );
  return (
    <Page
      title={integration.name}
      text={`${channelName(integration.channel)} · ${providerName(integration.provider)}`}
      back={back}
      action={
        isAdmin && (
          <>
            <Pause integration={integration} />
            <OnOff integration={integration} />
          </>
        )
      }
    >
      <Health integration={integration} mayTest={isAdmin} />
      {form?.keeps_history && <SyncPart integration={integration} />}
      <Reception integration={integration} isRegistered={form?.registers_webhooks} />
      <Part title={say.settings}>
        <Loaded query={forms}>
          {() =>
            fields === undefined ? (
              <p>{say.unknownProvider}</p>
            ) : isAdmin ? (
              <SettingsForm integration={integration} fields={fields} />
            ) : (
              <SettingsFacts integration={integration} fields={fields} />
            )
          }
        </Loaded>
        {integration.credentials_changed_at && (
          <p className={styles.when}>
            {say.secretsChanged} <Moment at={integration.credentials_changed_at} />
          </p>
        )}
      </Part>
      <HealthHistory id={integration.id} at={integration.health_at} />
      {isAdmin && <Removal integration={integration} />}
    </Page>
  );
}

function Health({ integration, mayTest }: { integration: Integration; mayTest: boolean }) {
  const testing = useTest(integration.id);
  const last = useLastTest(integration.id);
  const { tone, word } = standingOf(integration);
  const message =
    testing.error?.message ??
    last?.message ??
    (integration.status === 'active'
      ? integration.health_message
      : integration.status === 'paused'
        ? say.isPaused
        : say.isOff);
  return (
    <div className={styles.health} data-tone={tone} role="status">
      <div>
        <Standing tone={tone}>{word}</Standing>
        <p>{testing.isPending ? say.testing : (message ?? (mayTest && say.health.never))}</p>
        {last?.field && !last.works && (
          <button type="button" className={styles.lead} onClick={() => showField(last.field ?? '')}>
            {say.showField}
          </button>
        )}
        {integration.health_at && integration.health !== 'unknown' && (
          <p className={styles.when}>
            {say.health.checked} <Moment at={integration.health_at} />
          </p>
        )}
      </div>
      {mayTest && (
        <Button variant="default" loading={testing.isPending} onClick={() => testing.mutate()}>
          {say.test}
        </Button>
      )}
    </div>
  );
}

function OnOff({ integration }: { integration: Integration }) {
  const [isAsking, setAsking] = useState(false);
  const isOn = integration.status !== 'disabled';
  const change = useMutation<Integration, Problem>({
    mutationFn: () =>
      ask(
        api.PATCH('/api/integrations/{id}', {
          params: { path: { id: integration.id } },
          body: { status: isOn ? 'disabled' : 'active' },
        }),
      ) as Promise<Integration>,
    onSuccess: (changed) => {
      remember(changed);
      forgetTest(changed.id);
      setAsking(false);
      notify((changed.status !== 'disabled' ? say.on : say.off).done(changed.name));
    },
    onError: (problem) => !isAsking && notify(problem.message, { isBad: true }),
  });
  return (
    <>
      <Button variant="default" loading={change.isPending} onClick={() => (isOn ? setAsking(true) : change.mutate())}>
        {isOn ? say.off.action : say.on.action}
      </Button>
      {isAsking && (
        <Ask
          title={say.off.title}
          text={say.off.text(integration.name)}
          action={say.off.action}
          isBusy={change.isPending}
          problem={change.error?.message}
          onYes={() => change.mutate()}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
