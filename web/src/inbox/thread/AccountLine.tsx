import { Link } from '@tanstack/react-router';
import { TriangleAlert } from 'lucide-react';
import { useCan } from '@/api/session';
import type { Conversation } from '@/api/types';
import { words } from '@/words';
import { useIntegrations } from '../state/lists';
import styles from './AccountLine.module.css';

/** Above the composer when the account does not work: what it says of itself, and for those who can mend it the way there. */
export function AccountLine({ conversation }: { conversation: Conversation }) {
  const { data: integrations } = useIntegrations();
  const isAdmin = useCan('admin');
  const account = integrations?.find((one) => one.id === conversation.integration_id);
  if (account?.status !== 'active' || account.health !== 'failing') return null;
  return (
    <p className={styles.line} role="status">
      <TriangleAlert size={15} aria-hidden />
      <span>
        <b>{account.name}:</b> {account.health_message ?? words.inbox.composer.failing}{' '}
        {isAdmin && <Link to={`/settings/integrations/${account.id}`}>{words.inbox.composer.toAccount}</Link>}
      </span>
    </p>
  );
}
