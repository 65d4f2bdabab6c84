import { ActionIcon, Button, Menu } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Ban, Copy, Ellipsis, ShieldCheck, X } from 'lucide-react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { Problem } from '@/api/problem';
import { queries } from '@/api/queries';
import type { Contact, Conversation } from '@/api/types';
import { notify } from '@/app/notices';
import { Avatar } from '@/parts/Avatar';
import { ChannelMark, channelName } from '@/parts/ChannelMark';
import { copyAndTell } from '@/parts/Copy';
import { Moment } from '@/parts/Moment';
import { Failed } from '@/parts/States';
import { words } from '@/words';
import { previewOf } from '../message/preview';
import { Notes } from '../notes/Notes';
import { linkTo } from '../place';
import { renameContact, useIntegrations } from '../state/lists';
import styles from './ContactPanel.module.css';
import { EditableText } from './EditableText';

/** The person on the other side. */
export function ContactPanel({
  conversation,
  canWrite,
  onClose,
}: {
  conversation: Conversation;
  canWrite: boolean;
  onClose: () => void;
}) {
  const id = conversation.contact_id;
  const contact = useQuery<Contact>({
    queryKey: keys.contact(id),
    queryFn: () => ask(api.GET('/api/contacts/{id}', { params: { path: { id } } })),
  });
  const name = contact.data?.name ?? conversation.contact_name;

  async function change(part: { name?: string; email?: string; status?: string }): Promise<void> {
    const changed = await ask(api.PATCH('/api/contacts/{id}', { params: { path: { id } }, body: part }));
    queries.setQueryData(keys.contact(id), changed);
    renameContact(id, changed.name);
  }

  return (
    <aside className={styles.panel} aria-label={words.inbox.contact.label}>
      <div className={styles.top}>
        {canWrite && contact.data && <ContactMenu contact={contact.data} onChange={change} />}
        <ActionIcon variant="subtle" color="gray" size={32} aria-label={words.close} onClick={onClose}>
          <X size={17} aria-hidden />
        </ActionIcon>
      </div>
      <div className={styles.who}>
        <Avatar name={name ?? conversation.handle} seed={id} size={64} />
        <EditableText
          className={styles.name}
          label={words.inbox.contact.name}
          value={name ?? ''}
          placeholder={conversation.handle}
          canEdit={canWrite && contact.data !== undefined}
          onSave={(value) => change({ name: value })}
        />
        {contact.data?.status === 'blocked' && (
          <p className={styles.blocked}>
            <Ban size={14} aria-hidden /> {words.inbox.contact.blocked}
          </p>
        )}
      </div>
      {contact.isError ? (
        <Failed problem={Problem.of(contact.error)} onAgain={() => contact.refetch()} />
      ) : (
        <dl className={styles.facts}>
          {(contact.data?.identities ?? [{ channel: conversation.channel, handle: conversation.handle }]).map(
            ({ channel, handle }) => (
              <div key={`${channel}:${handle}`}>
                <dt>
                  <ChannelMark channel={channel} /> {channelName(channel)}
                </dt>
                <dd>
                  <span className="figures">{handle}</span>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    size={24}
                    aria-label={words.inbox.contact.copy(handle)}
                    onClick={() => copyAndTell(handle, words.inbox.textCopied)}
                  >
                    <Copy size={13} aria-hidden />
                  </ActionIcon>
                </dd>
              </div>
            ),
          )}
          {(canWrite || contact.data?.email) && (
            <div>
              <dt>{words.inbox.contact.email}</dt>
              <dd>
                <EditableText
                  label={words.inbox.contact.email}
                  value={contact.data?.email ?? ''}
                  placeholder={words.inbox.contact.addEmail}
                  canEdit={canWrite && contact.data !== undefined}
                  canBeEmpty
                  onSave={(value) => change({ email: value })}
                />
              </dd>
            </div>
          )}
          <div>
            <dt>{words.inbox.contact.since}</dt>
            <dd>{contact.data && <Moment at={contact.data.created_at} />}</dd>
          </div>
        </dl>
      )}
      <Notes contact={id} conversation={conversation.id} canWrite={canWrite} />
      <OtherConversations contact={id} current={conversation.id} />
    </aside>
  );
}

function ContactMenu({
  contact,
  onChange,
}: {
  contact: Contact;
  onChange: (part: { status: string }) => Promise<void>;
}) {
  const isBlocked = contact.status === 'blocked';
  const set = (status: string) =>
    onChange({ status }).catch((failure) => notify(Problem.of(failure).message, { isBad: true }));
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={32} aria-label={words.more}>
          <Ellipsis size={17} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {isBlocked ? (
          <Menu.Item leftSection={<ShieldCheck size={16} aria-hidden />} onClick={() => set('active')}>
            {words.inbox.contact.unblock}
          </Menu.Item>
        ) : (
          <Menu.Item
            color="red"
            leftSection={<Ban size={16} aria-hidden />}
            onClick={() =>
              set('blocked').then(() =>
                notify(words.inbox.contact.nowBlocked, {
                  action: { name: words.inbox.undo, run: () => set('active') },
                }),
              )
            }
          >
            {words.inbox.contact.block}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

/** What else is said with this person, through other accounts. */
function OtherConversations({ contact, current }: { contact: string; current: string }) {
  const { data: integrations } = useIntegrations();
  const { data, isError, refetch } = useQuery({
    queryKey: [...keys.conversations, 'of', contact],
    queryFn: async () =>
      (await ask(api.GET('/api/conversations', { params: { query: { contact_id: contact, limit: 50 } } }))).items,
  });
  const others = data?.filter((conversation) => conversation.id !== current) ?? [];
  if (isError)
    return (
      <Button variant="default" size="xs" m={16} onClick={() => refetch()}>
        {words.again}
      </Button>
    );
  if (others.length === 0) return null;
  return (
    <section className={styles.others}>
      <h3>{words.inbox.contact.others}</h3>
      <ul>
        {others.map((conversation) => (
          <li key={conversation.id}>
            <Link {...linkTo({ view: 'all', conversation: conversation.id })} preload={false}>
              <ChannelMark channel={conversation.channel} />
              <span>
                <b>
                  {integrations?.find((one) => one.id === conversation.integration_id)?.name ??
                    channelName(conversation.channel)}
                </b>
                <small dir="auto">
                  {previewOf(conversation.last_message_preview ?? '', conversation.last_message_preview)}
                </small>
              </span>
              <Moment at={conversation.last_message_at} />
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
