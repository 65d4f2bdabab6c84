import { useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import type { Contact } from '@/api/types';
import { useAddress } from '@/app/search';
import { useIntegrations } from '@/inbox/state/lists';
import { channelName } from '@/parts/ChannelMark';
import { Choice, Sentence } from '@/parts/Choice';
import { searchWords } from '@/words/search';
import { type Filter, type Type, types } from './data';
import styles from './Search.module.css';

const say = searchWords.sentence;

/** What is shown of what is found, as a sentence. */
export function Filters({ filter, type }: { filter: Filter; type?: Type }) {
  const address = useAddress();
  const integrations = useIntegrations().data ?? [];
  const channels = [...new Set(integrations.map((one) => one.channel))];
  const contact = useContact(filter.contact);
  return (
    <Sentence>
      <span className={styles.part}>
        {say.show}
        <Choice
          label={say.what}
          value={type ?? ''}
          options={[
            { value: '', name: say.everything },
            ...types.map((value) => ({ value, name: searchWords.types[value] })),
          ]}
          onChange={(value) => address.write('type', value)}
        />
      </span>
      {(channels.length > 1 || filter.channel) && (
        <span className={styles.part}>
          {say.by}
          <Choice
            label={say.channel}
            value={filter.channel}
            options={[
              { value: '', name: say.everyChannel },
              ...channels.map((value) => ({ value, name: channelName(value) })),
            ]}
            onChange={(value) => address.write('channel', value)}
          />
        </span>
      )}
      {(integrations.length > 1 || filter.integration) && (
        <span className={styles.part}>
          {say.of}
          <Choice
            label={say.account}
            value={filter.integration}
            options={[
              { value: '', name: say.everyAccount },
              ...integrations.map((one) => ({ value: one.id, name: one.name })),
            ]}
            onChange={(value) => address.write('integration', value)}
          />
        </span>
      )}
      <span className={styles.part}>
        {say.from}
        <Choice
          label={say.time}
          value={filter.time}
          options={Object.entries(searchWords.times).map(([value, name]) => ({ value, name }))}
          onChange={(value) => address.write('time', value)}
        />
      </span>
      {filter.contact && (
        <button
          type="button"
          className={styles.contact}
          onClick={() => address.write('contact', '')}
          title={say.anybody}
        >
          {say.with(contact?.name ?? contact?.phone ?? '…')}
          <X size={14} aria-label={say.anybody} />
        </button>
      )}
    </Sentence>
  );
}

const useContact = (id: string) =>
  useQuery<Contact>({
    queryKey: keys.contact(id),
    enabled: id !== '',
    queryFn: ({ signal }) => ask(api.GET('/api/contacts/{id}', { params: { path: { id } }, signal })),
  }).data;
