import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { api, ask } from '@/api/client';
import type { Problem } from '@/api/problem';
import { newKey } from '@/api/secure';
import { useCan } from '@/api/session';
import { NoAccess } from '@/parts/Loaded';
import { Once } from '@/settings/Once';
import { Page } from '@/settings/Page';
import { words } from '@/words';
import { automationWords as say } from '@/words/automations';
import { type Automation, reloadAutomations } from './data';
import type { Definition } from './definition';
import { Editor } from './editor/Editor';
import { TryOut } from './TryOut';

const blank: Definition = {
  name: '',
  description: null,
  trigger: { type: 'message_received', config: {} },
  conditions: { match: 'all', items: [] },
  actions: [],
  options: {},
};

interface Made {
  automation: Automation;
  webhook_url: string | null;
}

/** A new one, as a draft or switched on at once. */
export function NewAutomation() {
  const navigate = useNavigate();
  const isAdmin = useCan('admin');
  const [drawn, setDrawn] = useState(blank);
  const key = useRef(newKey());
  const leave = (id: string) => navigate({ to: `/automations/${id}`, replace: true });
  const making = useMutation<Made, Problem, Definition & { status: string }>({
    mutationFn: (body) =>
      ask(
        api.POST('/api/automations', { body: body as never, headers: { 'Idempotency-Key': key.current } }),
      ) as Promise<unknown> as Promise<Made>,
    onError: () => {
      key.current = newKey();
    },
    onSuccess: (made) => {
      reloadAutomations();
      if (!made.webhook_url) void leave(made.automation.id);
    },
  });
  if (!isAdmin) return <NoAccess />;
  return (
    <Page title={say.add} back={{ to: '/automations', name: say.all }}>
      <Editor
        start={blank}
        problem={making.error}
        canEdit
        onChange={setDrawn}
        onSave={(definition) => making.mutate({ ...definition, status: 'draft' })}
        buttons={(definition) => (
          <>
            <Button loading={making.isPending} onClick={() => making.mutate({ ...definition, status: 'active' })}>
              {say.editor.createOn}
            </Button>
            <Button type="submit" variant="default" disabled={making.isPending}>
              {say.editor.create}
            </Button>
            <Button variant="subtle" color="gray" onClick={() => navigate({ to: '/automations' })}>
              {words.cancel}
            </Button>
          </>
        )}
      />
      <TryOut definition={drawn} />
      {making.data?.webhook_url && (
        <Once
          title={say.address.title}
          text={say.address.text}
          lines={[{ label: say.address.label, text: making.data.webhook_url }]}
          done={say.address.done}
          onClose={() => making.data && void leave(making.data.automation.id)}
        />
      )}
    </Page>
  );
}
