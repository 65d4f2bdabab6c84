import { Button, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Problem } from '@/api/problem';
import { newKey } from '@/api/secure';
import { reread } from '@/api/told';
import type { Template } from '@/api/types';
import { notify } from '@/app/notices';
import { useIntegrations } from '@/inbox/state/lists';
import { Ask } from '@/parts/Ask';
import { channelName } from '@/parts/ChannelMark';
import { Dialog } from '@/parts/Dialog';
import { words } from '@/words';
import { field, forms, optional, Wrong } from '../forms';
import { Submit } from './Submit';

const say = words.replies;
const channels = ['whatsapp', 'sms', 'instagram', 'facebook', 'linkedin', 'twitter', 'telegram', 'email'];

/** Writes one, or changes it. */
export function EditReply({ template, onClose }: { template: Template | undefined; onClose: () => void }) {
  const [form, setForm] = useState({
    name: template?.name ?? '',
    shortcut: template?.shortcut ?? '',
    content: (template?.content as { body: string } | undefined)?.body ?? '',
    channel: template?.channel ?? 'all',
    category: template?.category ?? 'text',
    is_active: template?.is_active ?? true,
  });
  const [step, setStep] = useState<'edit' | 'remove' | 'submit'>('edit');
  const { data: integrations } = useIntegrations();
  const reviewers = (integrations ?? []).filter((one) => one.provider === 'meta' && one.channel === 'whatsapp');
  const settle = (text: string) => {
    reread(keys.allTemplates);
    notify(text);
    onClose();
  };
  const saving = useMutation<unknown, Problem>({
    mutationFn: () =>
      template
        ? ask(
            api.PATCH('/api/templates/{id}', {
              params: { path: { id: template.id } },
              body: {
                ...form,
                // Its other parts, which programs may have given it, stay.
                content:
                  form.content === (template.content as { body: string }).body
                    ? null
                    : { ...(template.content as object), body: form.content },
              } as never,
            }),
          )
        : ask(api.POST('/api/templates', { body: form as never, headers: { 'Idempotency-Key': newKey() } })),
    onSuccess: () => settle(say.saved(form.name)),
  });
  const removing = useMutation<unknown, Problem>({
    mutationFn: () =>
      ask(api.DELETE('/api/templates/{id}', { params: { path: { id: template?.id ?? '' } } })) as Promise<unknown>,
    onSuccess: () => settle(say.removed(form.name)),
  });
  const set = (part: Partial<typeof form>) => setForm({ ...form, ...part });

  if (step === 'remove' && template)
    return (
      <Ask
        title={say.removeTitle(template.name)}
        text={say.removeText}
        action={say.remove}
        isBusy={removing.isPending}
        problem={removing.error?.message}
        onYes={() => removing.mutate()}
        onClose={onClose}
      />
    );
  if (step === 'submit' && template) return <Submit template={template} accounts={reviewers} onClose={onClose} />;

  return (
    <Dialog onClose={onClose} title={template ? say.edit(template.name) : say.add} size={520}>
      <form
        className={forms.form}
        noValidate
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          saving.mutate();
        }}
      >
        <TextInput
          {...field}
          label={say.name}
          description={say.nameHelp}
          maxLength={100}
          data-autofocus
          value={form.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
          error={saving.error?.fields.name}
        />
        <TextInput
          {...field}
          label={optional(say.shortcut)}
          description={say.shortcutHelp}
          maxLength={41}
          value={form.shortcut}
          onChange={(event) => set({ shortcut: event.currentTarget.value })}
          error={saving.error?.fields.shortcut}
        />
        <Textarea
          {...field}
          label={say.words}
          description={say.wordsHelp}
          rows={5}
          dir="auto"
          maxLength={4096}
          value={form.content}
          onChange={(event) => set({ content: event.currentTarget.value })}
          error={saving.error?.fields.content}
        />
        <NativeSelect
          label={say.channel}
          value={form.channel}
          data={[{ value: 'all', label: say.all }, ...channels.map((value) => ({ value, label: channelName(value) }))]}
          onChange={(event) => set({ channel: event.currentTarget.value })}
        />
        <NativeSelect
          label={say.category}
          value={form.category}
          data={Object.entries(say.categories).map(([value, label]) => ({ value, label }))}
          onChange={(event) => set({ category: event.currentTarget.value })}
        />
        <label className={forms.choice}>
          <input
            type="checkbox"
            checked={form.is_active}
            onChange={(event) => set({ is_active: event.currentTarget.checked })}
          />
          <b>{say.active}</b>
        </label>
        <Wrong problem={saving.error} fields={['name', 'shortcut', 'content']} />
        <div className={forms.apart}>
          <div className={forms.buttons}>
            {template && (
              <>
                <Button variant="default" onClick={() => setStep('remove')}>
                  {say.remove}
                </Button>
                {reviewers.length > 0 && (
                  <Button variant="default" onClick={() => setStep('submit')}>
                    {say.submit}
                  </Button>
                )}
              </>
            )}
          </div>
          <div className={forms.buttons}>
            <Button variant="default" onClick={onClose}>
              {words.cancel}
            </Button>
            <Button type="submit" loading={saving.isPending}>
              {words.save}
            </Button>
          </div>
        </div>
      </form>
    </Dialog>
  );
}
