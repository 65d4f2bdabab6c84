import { Button, Menu } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Ellipsis } from 'lucide-react';
import { useId, useState } from 'react';
import { api, ask } from '@/api/client';
import type { Problem } from '@/api/problem';
import { newKey } from '@/api/secure';
import type { WebhookEndpoint } from '@/api/types';
import { notify } from '@/app/notices';
import { Ask } from '@/parts/Ask';
import { Dialog } from '@/parts/Dialog';
import { words } from '@/words';
import { webhookWords } from '@/words/webhooks';
import { forms, Wrong } from '../forms';
import { Once } from '../Once';
import { reloadEndpoint } from './data';
import { EditEndpoint } from './EditEndpoint';
import styles from './webhooks.module.css';

const say = webhookWords.actions;

type Step = 'edit' | 'rotate' | 'off' | 'on' | 'remove';

/** What one may do with an endpoint: try it, and all the rest behind a menu. */
export function EndpointActions({ endpoint }: { endpoint: WebhookEndpoint }) {
  const [step, setStep] = useState<Step>();
  const close = () => setStep(undefined);
  const path = { id: endpoint.id };
  const testing = useMutation<{ is_delivered: boolean; words: string }, Problem>({
    mutationFn: () =>
      ask(
        api.POST('/api/webhook-endpoints/{id}/test', { params: { path }, headers: { 'Idempotency-Key': newKey() } }),
      ) as Promise<{ is_delivered: boolean; words: string }>,
    onSuccess: (test) =>
      notify(`${test.is_delivered ? say.tested : say.testFailed} ${test.words}`, { isBad: !test.is_delivered }),
    onError: (problem) => notify(problem.message, { isBad: true }),
    onSettled: () => reloadEndpoint(endpoint.id),
  });
  const isOn = endpoint.status === 'active';
  return (
    <div className={styles.actions}>
      {!isOn && <Button onClick={() => setStep('on')}>{say.on}</Button>}
      <Button variant="default" loading={testing.isPending} onClick={() => testing.mutate()}>
        {say.test}
      </Button>
      <Menu position="bottom-end" width={200}>
        <Menu.Target>
          <Button variant="default" aria-label={words.more} px={8}>
            <Ellipsis size={16} aria-hidden />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setStep('edit')}>{webhookWords.edit}</Menu.Item>
          <Menu.Item onClick={() => setStep('rotate')}>{say.rotate}</Menu.Item>
          {isOn && <Menu.Item onClick={() => setStep('off')}>{say.off}</Menu.Item>}
          <Menu.Divider />
          <Menu.Item color="red" onClick={() => setStep('remove')}>
            {say.remove}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {step === 'edit' && <EditEndpoint endpoint={endpoint} onClose={close} />}
      {step === 'rotate' && <Rotate endpoint={endpoint} onClose={close} />}
      {step === 'on' && <SwitchOn endpoint={endpoint} onClose={close} />}
      {step === 'off' && <SwitchOff endpoint={endpoint} onClose={close} />}
      {step === 'remove' && <Remove endpoint={endpoint} onClose={close} />}
    </div>
  );
}

interface Props {
  endpoint: WebhookEndpoint;
  onClose: () => void;
}

function Rotate({ endpoint, onClose }: Props) {
  const rotating = useMutation<{ secret: string | null }, Problem>({
    mutationFn: () =>
      ask(
        api.POST('/api/webhook-endpoints/{id}/rotate', {
          params: { path: { id: endpoint.id } },
          headers: { 'Idempotency-Key': newKey() },
        }),
      ) as Promise<{ secret: string | null }>,
    onSuccess: () => reloadEndpoint(endpoint.id),
  });
  const { once } = webhookWords;
  if (rotating.data)
    return (
      <Once
        title={once.rotated}
        text={once.rotatedText}
        lines={[{ label: once.label, text: rotating.data.secret ?? '' }]}
        done={once.done}
        onClose={onClose}
      />
    );
  return (
    <Ask
      title={say.rotateTitle}
      text={say.rotateText}
      action={say.rotate}
      isBusy={rotating.isPending}
      problem={rotating.error?.message}
      onYes={() => rotating.mutate()}
      onClose={onClose}
    />
  );
}

function useSwitch({ endpoint, onClose }: Props) {
  return useMutation<unknown, Problem, { status: string; resume?: string }>({
    mutationFn: (body) =>
      ask(
        api.PATCH('/api/webhook-endpoints/{id}', { params: { path: { id: endpoint.id } }, body }),
      ) as Promise<unknown>,
    onSuccess: onClose,
    onSettled: () => reloadEndpoint(endpoint.id),
  });
}

function SwitchOff(props: Props) {
  const switching = useSwitch(props);
  return (
    <Ask
      title={`${say.off}?`}
      text={say.offText}
      action={say.off}
      isBusy={switching.isPending}
      problem={switching.error?.message}
      onYes={() => switching.mutate({ status: 'disabled' })}
      onClose={props.onClose}
    />
  );
}

function SwitchOn(props: Props) {
  const name = useId();
  const [resume, setResume] = useState('backlog');
  const switching = useSwitch(props);
  return (
    <Dialog onClose={props.onClose} title={say.onTitle} size={440}>
      <form
        className={forms.form}
        onSubmit={(event) => {
          event.preventDefault();
          switching.mutate({ status: 'active', resume });
        }}
      >
        <fieldset className={forms.choices}>
          <legend>{say.onText}</legend>
          {[
            { value: 'backlog', name: say.backlog, text: say.backlogText },
            { value: 'now', name: say.now, text: say.nowText },
          ].map((one) => (
            <label key={one.value} className={forms.choice}>
              <input type="radio" name={name} checked={resume === one.value} onChange={() => setResume(one.value)} />
              <b>{one.name}</b>
              <span>{one.text}</span>
            </label>
          ))}
        </fieldset>
        <Wrong problem={switching.error} />
        <div className={forms.end}>
          <Button variant="default" onClick={props.onClose}>
            {words.cancel}
          </Button>
          <Button type="submit" loading={switching.isPending}>
            {say.on}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Remove({ endpoint, onClose }: Props) {
  const navigate = useNavigate();
  const removing = useMutation<unknown, Problem>({
    mutationFn: () =>
      ask(api.DELETE('/api/webhook-endpoints/{id}', { params: { path: { id: endpoint.id } } })) as Promise<unknown>,
    onSuccess: async () => {
      notify(say.removed);
      await navigate({ to: '/settings/webhooks' });
      reloadEndpoint(endpoint.id);
    },
  });
  return (
    <Ask
      title={say.removeTitle}
      text={say.removeText}
      action={say.remove}
      isBusy={removing.isPending}
      problem={removing.error?.message}
      onYes={() => removing.mutate()}
      onClose={onClose}
    />
  );
}
