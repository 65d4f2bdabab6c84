import { ActionIcon, Button, Menu, NativeSelect, TextInput } from '@mantine/core';
import { ArrowDown, ArrowUp, Filter, Play, Plus, X, Zap } from 'lucide-react';
import { type FormEvent, type ReactNode, useRef, useState } from 'react';
import type { Problem } from '@/api/problem';
import { Choice, Sentence } from '@/parts/Choice';
import { field, optional, Wrong } from '@/settings/forms';
import { automationWords } from '@/words/automations';
import { type Condition, type Config, type Definition, type Step, sentenceOf } from '../definition';
import { useNames } from '../names';
import { begun, conditions, type Field, steps, triggers } from './catalog';
import styles from './Editor.module.css';
import { Fields } from './FieldOf';
import { Limits } from './Limits';

const say = automationWords.editor;

/** What lists of conditions and steps are made of, each with a name that stays while it moves. */
interface Held<T> {
  key: number;
  it: T;
}

/** Makes an automation, or changes it: when, if, do. What it does stands above as a sentence, and follows each change. */
export function Editor({
  start,
  problem,
  canEdit,
  onChange,
  onSave,
  buttons,
}: {
  start: Definition;
  problem: Problem | null;
  canEdit: boolean;
  /** What is drawn now, which can be tried before it is saved. */
  onChange: (definition: Definition) => void;
  onSave: (definition: Definition) => void;
  buttons: (definition: Definition) => ReactNode;
}) {
  const keys = useRef(0);
  const hold = <T,>(it: T): Held<T> => ({ key: keys.current++, it });
  const [state, setState] = useState(() => ({
    ...start,
    items: start.conditions.items.map(hold),
    todo: start.actions.map(hold),
  }));
  const definition = definitionOf(state);
  const names = useNames();
  const set = (part: Partial<typeof state>) => {
    const next = { ...state, ...part };
    setState(next);
    onChange(definitionOf(next));
  };
  const { trigger } = state;
  return (
    <form
      className={styles.editor}
      noValidate
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        onSave(definition);
      }}
    >
      <p className={styles.sentence}>{sentenceOf(definition, names)}</p>
      <fieldset className={styles.all} disabled={!canEdit}>
        <div className={styles.names}>
          <TextInput
            {...field}
            label={say.name}
            required
            maxLength={200}
            value={state.name}
            error={problem?.fields.name}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
          <TextInput
            {...field}
            label={optional(say.description)}
            maxLength={1000}
            value={state.description ?? ''}
            onChange={(event) => set({ description: event.currentTarget.value || null })}
          />
        </div>

        <Stage icon={<Zap size={15} aria-hidden />} title={say.when}>
          <div className={styles.card}>
            <NativeSelect
              {...field}
              aria-label={say.when}
              description={automationWords.triggers[trigger.type]?.text}
              value={trigger.type}
              data={Object.keys(triggers).map((type) => ({
                value: type,
                label: automationWords.triggers[type]?.name ?? type,
              }))}
              onChange={(event) => {
                const type = event.currentTarget.value;
                set({ trigger: { type, config: begun(triggers[type] ?? []) } });
              }}
            />
            <Fields
              fields={triggers[trigger.type] ?? []}
              config={trigger.config}
              onChange={(config) => set({ trigger: { ...trigger, config } })}
            />
          </div>
        </Stage>

        <Stage icon={<Filter size={15} aria-hidden />} title={say.if}>
          {state.items.length === 0 && <p className={styles.quiet}>{say.always}</p>}
          {state.items.length > 1 && (
            <Sentence>
              <Choice
                label={say.match}
                value={state.conditions.match}
                options={[
                  { value: 'all', name: say.ifAll },
                  { value: 'any', name: say.ifAny },
                ]}
                onChange={(match) => set({ conditions: { ...state.conditions, match } })}
              />
            </Sentence>
          )}
          {state.items.map((held, at) => (
            <ConditionCard
              key={held.key}
              condition={held.it}
              onChange={(it) => set({ items: state.items.with(at, { ...held, it }) })}
              onRemove={() => set({ items: state.items.filter((one) => one !== held) })}
            />
          ))}
          <AddMenu
            label={say.addCondition}
            names={automationWords.conditions}
            types={Object.keys(conditions)}
            onAdd={(type) => set({ items: [...state.items, hold({ ...begun(conditions[type] ?? []), type })] })}
          />
        </Stage>

        <Stage icon={<Play size={15} aria-hidden />} title={say.do}>
          <ol className={styles.steps}>
            {state.todo.map((held, at) => (
              <li key={held.key}>
                <StepCard
                  step={held.it}
                  onChange={(it) => set({ todo: state.todo.with(at, { ...held, it }) })}
                  onRemove={() => set({ todo: state.todo.filter((one) => one !== held) })}
                  onUp={at > 0 ? () => set({ todo: swapped(state.todo, at - 1) }) : undefined}
                  onDown={at < state.todo.length - 1 ? () => set({ todo: swapped(state.todo, at) }) : undefined}
                />
              </li>
            ))}
          </ol>
          <AddMenu
            label={say.addStep}
            names={automationWords.steps}
            types={Object.keys(steps)}
            onAdd={(type) => set({ todo: [...state.todo, hold<Step>({ type, config: begun(steps[type] ?? []) })] })}
          />
        </Stage>

        <Limits options={state.options} onChange={(options) => set({ options })} />
      </fieldset>
      <Wrong problem={problem} fields={['name']} />
      {canEdit && <div className={styles.buttons}>{buttons(definition)}</div>}
    </form>
  );
}

function definitionOf({
  items,
  todo,
  ...rest
}: Definition & { items: Held<Condition>[]; todo: Held<Step>[] }): Definition {
  const { name, description, trigger, conditions, options } = rest;
  return {
    name,
    description,
    trigger,
    options,
    conditions: { ...conditions, items: items.map((held) => held.it) },
    actions: todo.map((held) => held.it),
  };
}

/** With the one at a place and its next exchanged. */
function swapped<T>(list: T[], at: number): T[] {
  const [one, other] = [list[at] as T, list[at + 1] as T];
  return list.with(at, other).with(at + 1, one);
}

function Stage({ icon, title, children }: { icon: ReactNode; title: string; children: ReactNode }) {
  return (
    <section className={styles.stage} aria-label={title}>
      <h2>
        <i>{icon}</i>
        {title}
      </h2>
      <div className={styles.inside}>{children}</div>
    </section>
  );
}

function ConditionCard({
  condition,
  onChange,
  onRemove,
}: {
  condition: Condition;
  onChange: (condition: Condition) => void;
  onRemove: () => void;
}) {
  const name = automationWords.conditions[condition.type] ?? condition.type;
  const fields: Field[] = conditions[condition.type] ?? [];
  return (
    <fieldset className={styles.card}>
      <legend className="hidden-words">{name}</legend>
      <header>
        <b>{name}</b>
        <Tool label={say.remove(name)} onClick={onRemove} icon={<X size={15} aria-hidden />} />
      </header>
      <Fields
        fields={fields}
        config={condition}
        onChange={(config: Config) => onChange({ ...config, type: condition.type } as Condition)}
      />
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={condition.negate === true}
          onChange={(event) => {
            const { negate: _, ...rest } = condition;
            onChange((event.currentTarget.checked ? { ...rest, negate: true } : rest) as Condition);
          }}
        />
        {say.negate}
      </label>
    </fieldset>
  );
}

function StepCard({
  step,
  onChange,
  onRemove,
  onUp,
  onDown,
}: {
  step: Step;
  onChange: (step: Step) => void;
  onRemove: () => void;
  onUp: (() => void) | undefined;
  onDown: (() => void) | undefined;
}) {
  const name = automationWords.steps[step.type] ?? step.type;
  return (
    <fieldset className={styles.card}>
      <legend className="hidden-words">{name}</legend>
      <header>
        <b>{name}</b>
        {onUp && <Tool label={say.up(name)} onClick={onUp} icon={<ArrowUp size={15} aria-hidden />} />}
        {onDown && <Tool label={say.down(name)} onClick={onDown} icon={<ArrowDown size={15} aria-hidden />} />}
        <Tool label={say.remove(name)} onClick={onRemove} icon={<X size={15} aria-hidden />} />
      </header>
      <Fields
        fields={steps[step.type] ?? []}
        config={step.config}
        onChange={(config) => onChange({ ...step, config })}
      />
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={step.on_error === 'continue'}
          onChange={(event) => onChange({ ...step, on_error: event.currentTarget.checked ? 'continue' : 'stop' })}
        />
        {say.goOn}
      </label>
    </fieldset>
  );
}

function Tool({ label, icon, onClick }: { label: string; icon: ReactNode; onClick: () => void }) {
  return (
    <ActionIcon variant="subtle" color="gray" size="var(--hit)" aria-label={label} title={label} onClick={onClick}>
      {icon}
    </ActionIcon>
  );
}

function AddMenu({
  label,
  names,
  types,
  onAdd,
}: {
  label: string;
  names: Record<string, string>;
  types: string[];
  onAdd: (type: string) => void;
}) {
  return (
    <Menu position="bottom-start" width={240}>
      <Menu.Target>
        <Button variant="default" leftSection={<Plus size={14} aria-hidden />} className={styles.add}>
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {types.map((type) => (
          <Menu.Item key={type} onClick={() => onAdd(type)}>
            {names[type] ?? type}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
