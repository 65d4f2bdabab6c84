import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Problem } from '@/api/problem';
import { queries } from '@/api/queries';
import { useCan } from '@/api/session';
import { useAddress } from '@/app/search';
import { Loaded } from '@/parts/Loaded';
import { SaveButton } from '@/parts/SaveButton';
import { Standing } from '@/parts/Standing';
import { Page } from '@/settings/Page';
import { automationWords as say } from '@/words/automations';
import { Actions } from './Actions';
import { Counts } from './AutomationList';
import styles from './Automations.module.css';
import { type Automation, reloadAutomations, tones, useAutomation } from './data';
import type { Definition } from './definition';
import { Editor } from './editor/Editor';
import { RunLog } from './runs/RunLog';
import { TryOut } from './TryOut';

const tabs = ['edit', 'runs'] as const;

/** One automation: what it does, and what it did. */
export function AutomationPage({ id }: { id: string }) {
  const query = useAutomation(id);
  return (
    <Loaded query={query} lines={6} onBack={() => history.back()}>
      {(automation) => <Inside automation={automation} />}
    </Loaded>
  );
}

function Inside({ automation }: { automation: Automation }) {
  const address = useAddress();
  const tab = address.read('tab') === 'runs' ? 'runs' : 'edit';
  return (
    <Page
      title={automation.name}
      text={
        <>
          <Standing tone={tones[automation.status] ?? 'quiet'}>
            {say.standing[automation.status] ?? automation.status}
          </Standing>{' '}
          · <Counts automation={automation} />
          {automation.status_reason && (
            <>
              <br />
              <span className={styles.bad}>{automation.status_reason}</span>
            </>
          )}
        </>
      }
      back={{ to: '/automations', name: say.all }}
      action={<Actions automation={automation} />}
    >
      <div className={styles.tabs} role="tablist" aria-label={say.tabs.label}>
        {tabs.map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            id={`tab-${one}`}
            aria-selected={tab === one}
            aria-controls="tab-panel"
            onClick={() => address.write('tab', one === 'runs' ? 'runs' : '')}
          >
            {say.tabs[one]}
          </button>
        ))}
      </div>
      <div role="tabpanel" id="tab-panel" aria-labelledby={`tab-${tab}`}>
        {tab === 'edit' ? <Edit automation={automation} /> : <RunLog automation={automation} />}
      </div>
    </Page>
  );
}

const definitionOf = ({ name, description, trigger, conditions, actions, options }: Automation): Definition => ({
  name,
  description,
  trigger,
  conditions,
  actions,
  options,
});

function Edit({ automation }: { automation: Automation }) {
  const isAdmin = useCan('admin');
  const mayTry = useCan('editor');
  const [known, setKnown] = useState(() => ({
    version: automation.version,
    start: definitionOf(automation),
    turn: 0,
  }));
  const [drawn, setDrawn] = useState(known.start);
  const isChanged = JSON.stringify(drawn) !== JSON.stringify(known.start);
  const isOvertaken = automation.version > known.version;
  const showTheirs = () => {
    const start = definitionOf(automation);
    setKnown({ version: automation.version, start, turn: known.turn + 1 });
    setDrawn(start);
  };
  // Somebody else's change is shown at once where nothing was typed that it would take away.
  if (isOvertaken && !isChanged) showTheirs();
  const saving = useMutation<Automation, Problem, Definition>({
    mutationFn: (body) =>
      ask(
        api.PATCH('/api/automations/{id}', { params: { path: { id: automation.id } }, body: body as never }),
      ) as Promise<unknown> as Promise<Automation>,
    onSuccess: (saved, start) => {
      setKnown({ ...known, version: saved.version, start });
      queries.setQueryData(keys.automation(automation.id), saved);
      reloadAutomations();
    },
  });
  return (
    <>
      <Editor
        key={known.turn}
        start={known.start}
        problem={saving.error}
        canEdit={isAdmin}
        onChange={setDrawn}
        onSave={(definition) => saving.mutate(definition)}
        buttons={() => (
          <>
            <SaveButton saving={saving} isChanged={isChanged} />
            {isChanged && !isOvertaken && <span className={styles.quiet}>{say.editor.unsaved}</span>}
            {isOvertaken && (
              <span className={styles.quiet}>
                {say.editor.overtaken}{' '}
                <Button variant="subtle" size="compact-sm" onClick={showTheirs}>
                  {say.editor.showTheirs}
                </Button>
              </span>
            )}
          </>
        )}
      />
      {mayTry && <TryOut definition={drawn} automation={isChanged ? undefined : automation.id} />}
    </>
  );
}
