import { useParams } from '@tanstack/react-router';
import { AutomationList } from './AutomationList';
import { AutomationPage } from './AutomationPage';
import styles from './Automations.module.css';
import { NewAutomation } from './NewAutomation';

/** All automations; or one of them, with what it did; or a new one. */
export default function AutomationsScreen() {
  const { automationId: id } = useParams({ strict: false }) as { automationId?: string };
  return (
    <main className={styles.screen}>
      {id === undefined ? <AutomationList /> : id === 'new' ? <NewAutomation /> : <AutomationPage id={id} key={id} />}
    </main>
  );
}
