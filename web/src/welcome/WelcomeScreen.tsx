import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { CircleCheck } from 'lucide-react';
import { useCan } from '@/api/session';
import { useIntegrations } from '@/inbox/state/lists';
import { Loaded } from '@/parts/Loaded';
import { Blank } from '@/parts/States';
import { welcomeWords as say } from '@/words/welcome';
import { Welcome } from './Welcome';
import styles from './Welcome.module.css';

/** The page of newcomers; once something is connected it leads on. */
export default function WelcomeScreen() {
  return (
    <Loaded query={useIntegrations()} lines={3}>
      {(integrations) =>
        integrations.length === 0 ? (
          <Welcome />
        ) : (
          <main className={styles.page}>
            <Connected />
          </main>
        )
      }
    </Loaded>
  );
}

function Connected() {
  const navigate = useNavigate();
  const mayConnect = useCan('admin');
  return (
    <Blank icon={CircleCheck} title={say.after.title} text={say.after.text}>
      <div className={styles.on}>
        <Button onClick={() => navigate({ to: '/' })}>{say.after.action}</Button>
        {mayConnect && (
          <Button variant="default" onClick={() => navigate({ to: '/settings/integrations/new' })}>
            {say.after.another}
          </Button>
        )}
      </div>
    </Blank>
  );
}
