import { Button } from '@mantine/core';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { Problem } from '@/api/problem';
import { queries } from '@/api/queries';
import type { Contact } from '@/api/types';
import { notify } from '@/app/notices';
import { ChannelMark, channelName } from '@/parts/ChannelMark';
import { contactWords as say } from '@/words/contacts';
import styles from './Contacts.module.css';

/** Where somebody can be written to, and whether they want it. */
export function Addresses({ contact, canWrite }: { contact: Contact; canWrite: boolean }) {
  const set = async (channel: string, handle: string, isOut: boolean) => {
    const ways = { params: { path: { id: contact.id } }, body: { channel, handle } };
    try {
      const changed = await (isOut
        ? ask(api.PUT('/api/contacts/{id}/opt-out', ways))
        : ask(api.POST('/api/contacts/{id}/opt-in', ways)));
      queries.setQueryData(keys.contact(contact.id), changed);
    } catch (failure) {
      notify(Problem.of(failure).message, { isBad: true });
    }
  };
  return (
    <section className={styles.part}>
      <h3>{say.identities}</h3>
      {contact.identities.length === 0 && <p className={styles.quiet}>{say.noIdentities}</p>}
      <ul className={styles.lines}>
        {contact.identities.map((one) => (
          <li key={`${one.channel}:${one.handle}`}>
            <ChannelMark channel={one.channel} />
            <span>
              <b className="figures">{one.handle}</b>
              <small>{one.opted_out_at ? say.optedOut[one.opted_out_by ?? 'user'] : channelName(one.channel)}</small>
            </span>
            {canWrite && (
              <Button
                variant="subtle"
                size="compact-sm"
                onClick={() => set(one.channel, one.handle, one.opted_out_at === null)}
              >
                {one.opted_out_at ? say.optIn : say.optOut}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
