import { Button, Menu } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Ellipsis, Pause, Play } from 'lucide-react';
import { useState } from 'react';
import type { Problem } from '@/api/problem';
import { useCan } from '@/api/session';
import { notify } from '@/app/notices';
import { Ask } from '@/parts/Ask';
import { words } from '@/words';
import { campaignWords } from '@/words/campaigns';
import styles from './campaigns.module.css';
import { type Act, act, removeCampaign } from './data';
import type { Campaign } from './types';

const say = campaignWords.one;

/** What one may do with it now; viewers see none of it. */
export function CampaignActions({ campaign }: { campaign: Campaign }) {
  const canWrite = useCan('editor');
  const navigate = useNavigate();
  const [asks, setAsks] = useState<'cancel' | 'remove' | 'retry' | 'start'>();
  const done = () => setAsks(undefined);
  const acting = useMutation<Campaign, Problem, Act>({
    mutationFn: (name) => act(campaign.id, name),
    onSuccess: (changed, name) => {
      done();
      notify(saidAfter[name]);
      if (name === 'retry') void navigate({ to: `/campaigns/${changed.id}` });
    },
    onError: (problem) => {
      if (!asks) notify(problem.message, { isBad: true });
    },
  });
  const removing = useMutation<void, Problem>({
    mutationFn: () => removeCampaign(campaign.id),
    onSuccess: () => {
      notify(say.removed);
      void navigate({ to: '/campaigns' });
    },
  });
  if (!canWrite) return null;
  const { status, counts } = campaign;
  const canEdit = status === 'draft' || status === 'scheduled';
  const canRetry = (status === 'completed' || status === 'cancelled') && counts.failed > 0;
  const isBusy = (name: Act) => acting.isPending && acting.variables === name;
  const menu = [
    status === 'scheduled' && { name: say.unschedule, run: () => acting.mutate('unschedule') },
    status === 'scheduled' && { name: say.startNow, run: () => setAsks('start') },
    ['scheduled', 'running', 'paused'].includes(status) && {
      name: say.cancel,
      run: () => setAsks('cancel'),
      isBad: true,
    },
    status === 'draft' && { name: say.remove, run: () => setAsks('remove'), isBad: true },
  ].filter((one) => one !== false);
  return (
    <div className={styles.actions}>
      {canEdit && (
        <Button component={Link} to={`/campaigns/${campaign.id}/edit`} variant="default">
          {say.edit}
        </Button>
      )}
      {status === 'draft' && (
        <Button
          component={Link}
          className={styles.main}
          to={`/campaigns/${campaign.id}/edit`}
          search={{ step: 'check' } as never}
        >
          {say.check}
        </Button>
      )}
      {status === 'running' && (
        <Button
          leftSection={<Pause size={14} aria-hidden />}
          loading={isBusy('pause')}
          onClick={() => acting.mutate('pause')}
        >
          {say.pause}
        </Button>
      )}
      {status === 'paused' && (
        <Button
          leftSection={<Play size={14} aria-hidden />}
          loading={isBusy('resume')}
          onClick={() => acting.mutate('resume')}
        >
          {say.resume}
        </Button>
      )}
      {canRetry && (
        <Button variant="default" onClick={() => setAsks('retry')}>
          {say.retry}
        </Button>
      )}
      {menu.length > 0 && (
        <Menu position="bottom-end" width={200}>
          <Menu.Target>
            <Button variant="default" aria-label={words.more} px={8}>
              <Ellipsis size={16} aria-hidden />
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {menu.map((one) => (
              <Menu.Item key={one.name} color={one.isBad ? 'red' : undefined} onClick={one.run}>
                {one.name}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      {asks && asks !== 'remove' && (
        <Ask
          {...questionOf(asks, campaign)}
          isBusy={acting.isPending}
          problem={acting.error?.message}
          onYes={() => acting.mutate(asks)}
          onClose={() => {
            done();
            acting.reset();
          }}
        />
      )}
      {asks === 'remove' && (
        <Ask
          title={say.removeTitle}
          text={say.removeText}
          action={say.remove}
          isBusy={removing.isPending}
          problem={removing.error?.message}
          onYes={() => removing.mutate()}
          onClose={done}
        />
      )}
    </div>
  );
}

const saidAfter: Record<Act, string> = {
  start: campaignWords.check.started,
  pause: say.paused,
  resume: say.resumed,
  cancel: say.cancelled,
  unschedule: say.unscheduled,
  retry: say.retried,
};

function questionOf(asks: 'cancel' | 'retry' | 'start', { counts }: Campaign) {
  if (asks === 'cancel')
    return { title: say.cancelTitle, text: say.cancelText(counts.pending + counts.queued), action: say.cancel };
  if (asks === 'retry') return { title: say.retryTitle(counts.failed), text: say.retryText, action: say.retry };
  return { title: say.startNow, text: campaignWords.check.startText, action: say.startNow };
}
