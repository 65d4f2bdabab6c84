import { type RefObject, useEffect, useId } from 'react';
import type { Problem } from '@/api/problem';
import type { Role } from '@/api/types';
import { words } from '@/words';
import styles from './forms.module.css';

export { styles as forms };

/** What went wrong and has no field of its own in this form. */
export function Wrong({ problem, fields = [] }: { problem: Problem | null; fields?: string[] }) {
  if (!problem) return null;
  const others = Object.entries(problem.fields).filter(([name]) => !fields.includes(name));
  if (others.length === 0 && Object.keys(problem.fields).length > 0) return null;
  const text = others.length > 0 ? others.map(([name, wrong]) => `${name}: ${wrong}`).join(' ') : problem.message;
  return (
    <p className={styles.problem} role="alert">
      {text}
    </p>
  );
}

/** A long form leads to the first field that is wrong. */
export function useFocusOnWrong(form: RefObject<HTMLFormElement | null>, problem: Problem | null): void {
  useEffect(() => {
    if (problem) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [form, problem]);
}

/** A label that says that nothing has to be given. */
export function optional(label: string) {
  return (
    <>
      {label} <span className={styles.optional}>({words.optional})</span>
    </>
  );
}

const roles: Role[] = ['viewer', 'editor', 'admin'];

/** One of the roles, each with what it may do. */
export function RoleChoice({
  label,
  texts,
  value,
  onChange,
}: {
  label: string;
  texts: Record<Role, string>;
  value: Role;
  onChange: (role: Role) => void;
}) {
  const name = useId();
  return (
    <fieldset className={styles.choices}>
      <legend>{label}</legend>
      {roles.map((role) => (
        <label key={role} className={styles.choice}>
          <input type="radio" name={name} checked={role === value} onChange={() => onChange(role)} />
          <b>{words.shell.roles[role]}</b>
          <span>{texts[role]}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** The order of all fields here: help stands below, where it does not part the label from the field. */
const order: ('label' | 'input' | 'description' | 'error')[] = ['label', 'input', 'error', 'description'];

export const field = { inputWrapperOrder: order, withAsterisk: false, autoComplete: 'off', spellCheck: false } as const;
