import { TriangleAlert } from 'lucide-react';
import { useCan } from '@/api/session';
import type { Integration } from '@/api/types';
import { CopyLine } from '@/parts/Copy';
import { settingsWords } from '@/words/settings';
import { Part } from '../Page';
import styles from './integrations.module.css';
import { Registration } from './Registration';

const say = settingsWords.integrations;

/** What the provider must be told, so that it delivers here: by us where it can be told, and by a person elsewhere. */
export function Reception({ integration, isRegistered }: { integration: Integration; isRegistered?: boolean }) {
  const known = say.providers[integration.provider];
  const config = integration.config as Record<string, string | undefined>;
  // Only who configures needs it, and only they are told.
  const asksForToken = useCan('admin') && integration.provider === 'meta';
  const trouble = troubleWith(integration.webhook_url);
  return (
    <Part title={say.reception} text={known?.instructions ?? say.instructions}>
      <div className={styles.reception}>
        {isRegistered && <Registration integration={integration} />}
        <div>
          <span className={styles.label}>{say.webhook}</span>
          <CopyLine text={integration.webhook_url} label={say.webhook} />
        </div>
        {asksForToken && (
          <div>
            <span className={styles.label}>{say.verify}</span>
            {config.verify_token ? (
              <CopyLine text={config.verify_token} label={say.verify} />
            ) : (
              <p>{integration.credentials_set.includes('verify_token') ? say.verifySecret : say.verifyMissing}</p>
            )}
          </div>
        )}
        {trouble && (
          <p className={styles.trouble}>
            <TriangleAlert size={14} aria-hidden />
            {trouble}
          </p>
        )}
      </div>
    </Part>
  );
}

/** Why a provider could not reach this address. */
function troubleWith(address: string): string | undefined {
  const url = new URL(address);
  if (/^(localhost|127\.|\[::1\]|0\.0\.0\.0)/.test(url.hostname)) return say.local;
  return url.protocol === 'https:' ? undefined : say.plain;
}
