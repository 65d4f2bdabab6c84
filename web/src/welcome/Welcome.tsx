import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { Cable, FlaskConical } from 'lucide-react';
import { useCan } from '@/api/session';
import { CopyLine } from '@/parts/Copy';
import { welcomeWords as say } from '@/words/welcome';
import styles from './Welcome.module.css';

const DEMO = './parley up --demo';

/** The first thing a newcomer sees, also in place of an inbox that nothing can reach yet: two ways to begin. */
export function Welcome() {
  const navigate = useNavigate();
  const mayConnect = useCan('admin');
  return (
    <main className={styles.page}>
      <div className={styles.welcome}>
        <img src="/favicon.svg" width={44} height={44} alt="" />
        <h1>{say.heading}</h1>
        <p className={styles.text}>{say.text}</p>
        <div className={styles.ways}>
          <section aria-label={say.connect.title}>
            <Cable size={20} strokeWidth={1.6} aria-hidden />
            <h2>{say.connect.title}</h2>
            <p>{say.connect.text}</p>
            <div className={styles.way}>
              {mayConnect ? (
                <Button size="md" fullWidth onClick={() => navigate({ to: '/settings/integrations/new' })}>
                  {say.connect.action}
                </Button>
              ) : (
                <p>{say.connect.forOthers}</p>
              )}
            </div>
          </section>
          <section aria-label={say.demo.title}>
            <FlaskConical size={20} strokeWidth={1.6} aria-hidden />
            <h2>{say.demo.title}</h2>
            <p>{say.demo.text}</p>
            <div className={styles.way}>
              <p>{say.demo.how}</p>
              <CopyLine text={DEMO} label={say.demo.command} />
            </div>
          </section>
        </div>
      </div>
    </main>
  );
}
