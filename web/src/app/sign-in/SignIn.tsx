import { Button, PasswordInput, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Problem } from '@/api/problem';
import { signIn } from '@/api/session';
import { words } from '@/words';
import styles from './SignIn.module.css';

/** The door. */
export function SignIn() {
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <img src="/favicon.svg" width={40} height={40} alt="" />
        <h1>{words.name}</h1>
        <p>{words.session.tagline}</p>
        <SignInForm />
      </div>
    </main>
  );
}

/** E-mail and password; also in the dialog when a session has ended. */
export function SignInForm({ email: known }: { email?: string }) {
  const [email, setEmail] = useState(known ?? '');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<Problem>();
  const [isBusy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      await signIn(email, password);
    } catch (failure) {
      setProblem(Problem.of(failure));
      setBusy(false);
    }
  }

  return (
    <form className={styles.form} onSubmit={submit}>
      <TextInput
        label={words.session.email}
        type="email"
        name="email"
        autoComplete="username"
        required
        withAsterisk={false}
        readOnly={known !== undefined}
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
        error={problem?.fields.email}
        data-autofocus={known === undefined || undefined}
        autoFocus={known === undefined}
      />
      <PasswordInput
        label={words.session.password}
        name="password"
        autoComplete="current-password"
        required
        withAsterisk={false}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        error={problem?.fields.password}
        data-autofocus={known !== undefined || undefined}
        autoFocus={known !== undefined}
      />
      {problem && Object.keys(problem.fields).length === 0 && (
        <p className={styles.problem} role="alert">
          {problem.message}
        </p>
      )}
      <Button type="submit" size="md" loading={isBusy} fullWidth>
        {words.session.submit}
      </Button>
    </form>
  );
}
