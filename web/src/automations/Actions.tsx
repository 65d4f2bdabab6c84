import { ActionIcon, Button, Menu, NativeSelect } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Ellipsis } from 'lucide-react';
import { useState } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Problem } from '@/api/problem';
import { queries } from '@/api/queries';
import { newKey } from '@/api/secure';
import { useCan } from '@/api/session';
import { notify } from '@/app/notices';
import { Ask } from '@/parts/Ask';
import { Dialog } from '@/parts/Dialog';
import { forms, Wrong } from '@/settings/forms';
import { Once } from '@/settings/Once';
import { automationWords } from '@/words/automations';
import { useRecent } from './conversations';
import { type Automation, reloadAutomations } from './data';

const say = automationWords.actions;
const now = automationWords.now;

/** What can be done with a whole automation. */
export function Actions({ automation }: { automation: Automation }) {
  const navigate = useNavigate();
  const isAdmin = useCan('admin');
  const mayRun =
    useCan('editor') && ['manual', 'api'].includes(automation.trigger.type) && automation.status === 'active';
  const [asked, setAsked] = useState<'run' | 'rotate' | 'remove'>();
  const [address, setAddress] = useState<string>();
  const path = { params: { path: { id: automation.id } } };
  const isOn = automation.status === 'active';
  const switching = useMutation<Automation, Problem>({
    mutationFn: () =>
      ask(
        api.PATCH('/api/automations/{id}', { ...path, body: { status: isOn ? 'paused' : 'active' } as never }),
      ) as Promise<unknown> as Promise<Automation>,
    onSuccess: (changed) => {
      queries.setQueryData(keys.automation(automation.id), changed);
      reloadAutomations();
      notify(isOn ? say.paused : say.isOn);
    },
    onError: (problem) => notify(problem.message, { isBad: true }),
  });
  const removing = useMutation<unknown, Problem>({
    mutationFn: () => ask(api.DELETE('/api/automations/{id}', path)) as Promise<unknown>,
    onSuccess: () => {
      reloadAutomations();
      notify(say.removed);
      void navigate({ to: '/automations' });
    },
  });
  const rotating = useMutation<{ webhook_url: string }, Problem>({
    mutationFn: () =>
      ask(api.POST('/api/automations/{id}/rotate', path)) as Promise<unknown> as Promise<{ webhook_url: string }>,
    onSuccess: ({ webhook_url: url }) => {
      setAsked(undefined);
      setAddress(url);
    },
  });
  return (
    <>
      {mayRun && (
        <Button variant="default" onClick={() => setAsked('run')}>
          {say.run}
        </Button>
      )}
      {isAdmin && (
        <>
          <Button
            variant={isOn ? 'default' : 'filled'}
            loading={switching.isPending}
            onClick={() => switching.mutate()}
          >
            {isOn ? say.pause : say.on}
          </Button>
          <Menu position="bottom-end" width={200}>
            <Menu.Target>
              <ActionIcon variant="default" size={36} aria-label={say.more} title={say.more}>
                <Ellipsis size={17} aria-hidden />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              {automation.trigger.type === 'webhook' && (
                <Menu.Item onClick={() => setAsked('rotate')}>{say.rotate}</Menu.Item>
              )}
              <Menu.Item color="red" onClick={() => setAsked('remove')}>
                {say.remove}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </>
      )}
      {asked === 'run' && <RunNow automation={automation} onClose={() => setAsked(undefined)} />}
      {asked === 'rotate' && (
        <Ask
          title={say.rotateTitle}
          text={say.rotateText}
          action={say.rotateYes}
          isBusy={rotating.isPending}
          problem={rotating.error?.message}
          onYes={() => rotating.mutate()}
          onClose={() => setAsked(undefined)}
        />
      )}
      {asked === 'remove' && (
        <Ask
          title={say.removeTitle(automation.name)}
          text={say.removeText}
          action={say.removeYes}
          isBusy={removing.isPending}
          problem={removing.error?.message}
          onYes={() => removing.mutate()}
          onClose={() => setAsked(undefined)}
        />
      )}
      {address && (
        <Once
          title={automationWords.address.title}
          text={automationWords.address.text}
          lines={[{ label: automationWords.address.label, text: address }]}
          done={automationWords.address.done}
          onClose={() => setAddress(undefined)}
        />
      )}
    </>
  );
}

function RunNow({ automation, onClose }: { automation: Automation; onClose: () => void }) {
  const navigate = useNavigate();
  const { data: recent } = useRecent();
  const [conversation, setConversation] = useState('');
  const [key] = useState(newKey);
  const running = useMutation<{ id: string }, Problem>({
    mutationFn: () =>
      ask(
        api.POST('/api/automations/{id}/runs', {
          params: { path: { id: automation.id } },
          headers: { 'Idempotency-Key': key },
          body: { conversation_id: conversation || null } as never,
        }),
      ) as Promise<unknown> as Promise<{ id: string }>,
    onSuccess: ({ id }) => {
      notify(now.started);
      onClose();
      void navigate({ to: `/automations/${automation.id}`, search: { tab: 'runs', run: id } as never });
    },
  });
  return (
    <Dialog title={now.title} onClose={onClose} size={420}>
      <form
        className={forms.form}
        onSubmit={(event) => {
          event.preventDefault();
          running.mutate();
        }}
      >
        <NativeSelect
          label={now.with}
          data-autofocus
          value={conversation}
          data={[{ value: '', label: now.nobody }, ...(recent ?? [])]}
          onChange={(event) => setConversation(event.currentTarget.value)}
        />
        <Wrong problem={running.error} />
        <div className={forms.end}>
          <Button type="submit" loading={running.isPending}>
            {now.action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
