import { ActionIcon, Button, Menu, Tooltip } from '@mantine/core';
import {
  Archive,
  ArchiveRestore,
  Check,
  ChevronLeft,
  Clock3,
  Ellipsis,
  Link2,
  Mail,
  PanelRight,
  RotateCcw,
} from 'lucide-react';
import type { Conversation } from '@/api/types';
import { Avatar } from '@/parts/Avatar';
import { channelName } from '@/parts/ChannelMark';
import { copyAndTell } from '@/parts/Copy';
import { soon } from '@/parts/dates';
import { words } from '@/words';
import { AssigneePicker } from '../assignment/AssigneePicker';
import { toggleLabel } from '../labels/data';
import { LabelMenu } from '../labels/LabelMenu';
import { Others } from '../presence/Others';
import { changeConversation } from '../state/changes';
import { isSnoozed } from '../state/filters';
import { useIntegrations } from '../state/lists';
import { SnoozeMenu } from './SnoozeMenu';
import styles from './ThreadHead.module.css';

/** With whom, through what, and what can be done with it. */
export function ThreadHead({
  conversation,
  canWrite,
  panelIsOpen,
  onPanel,
  onBack,
}: {
  conversation: Conversation;
  canWrite: boolean;
  panelIsOpen: boolean;
  onPanel: () => void;
  onBack: () => void;
}) {
  const { data: integrations } = useIntegrations();
  const account = integrations?.find((integration) => integration.id === conversation.integration_id);
  const name = conversation.contact_name ?? conversation.handle;
  const state =
    conversation.status !== 'open'
      ? words.inbox.states[conversation.status]
      : isSnoozed(conversation)
        ? words.inbox.snoozedUntil(soon(new Date(conversation.snoozed_until as string)))
        : undefined;
  const isOpen = conversation.status === 'open';

  return (
    <header className={styles.head}>
      <ActionIcon
        className={styles.back}
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={words.back}
        onClick={onBack}
      >
        <ChevronLeft size={22} aria-hidden />
      </ActionIcon>
      <button type="button" className={styles.who} onClick={onPanel} aria-expanded={panelIsOpen}>
        <Avatar name={name} seed={conversation.contact_id} size={32} channel={conversation.channel} />
        <span>
          <b dir="auto">{name}</b>
          <span className="hidden-words">{words.inbox.actions.panel}</span>
          <span className={styles.through}>
            {channelName(conversation.channel)}
            {account && ` · ${account.name}`}
          </span>
        </span>
      </button>
      {state && <span className={styles.state}>{state}</span>}
      <LabelMenu
        name={words.labels.choose}
        labels={conversation.labels ?? []}
        canWrite={canWrite}
        onToggle={(label) => toggleLabel(conversation, label)}
      />
      <div className={styles.tools}>
        <Others conversation={conversation} />
        <AssigneePicker contact={conversation.contact_id} held={conversation} canWrite={canWrite} />
        {canWrite && (
          <>
            <SnoozeMenu
              isAsleep={isSnoozed(conversation)}
              onSnooze={(until) => changeConversation(conversation, { kind: 'snooze', until })}
              onWake={() => changeConversation(conversation, { kind: 'wake' })}
            >
              <ActionIcon
                data-snooze
                variant="subtle"
                color="gray"
                size="var(--hit)"
                aria-label={words.inbox.actions.snooze}
                title={words.inbox.actions.snooze}
              >
                <Clock3 size={17} aria-hidden />
              </ActionIcon>
            </SnoozeMenu>
            <Tooltip label={isOpen ? words.inbox.actions.close : words.inbox.actions.reopen}>
              <Button
                className={styles.done}
                variant="default"
                size="xs"
                leftSection={isOpen ? <Check size={15} aria-hidden /> : <RotateCcw size={15} aria-hidden />}
                aria-label={isOpen ? words.inbox.actions.close : words.inbox.actions.reopen}
                onClick={() => changeConversation(conversation, { kind: isOpen ? 'close' : 'reopen' })}
              >
                <span>{isOpen ? words.inbox.close : words.inbox.reopen}</span>
              </Button>
            </Tooltip>
          </>
        )}
        <MoreMenu conversation={conversation} canWrite={canWrite} onLeave={onBack} />
        <Tooltip label={words.inbox.actions.panel}>
          <ActionIcon
            className={styles.panel}
            variant="subtle"
            color="gray"
            size="var(--hit)"
            aria-label={words.inbox.actions.panel}
            aria-pressed={panelIsOpen}
            onClick={onPanel}
          >
            <PanelRight size={17} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </div>
    </header>
  );
}

function MoreMenu({
  conversation,
  canWrite,
  onLeave,
}: {
  conversation: Conversation;
  canWrite: boolean;
  onLeave: () => void;
}) {
  const copy = () => copyAndTell(`${location.origin}/inbox/all/${conversation.id}`, words.inbox.linkCopied);
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="var(--hit)" aria-label={words.more}>
          <Ellipsis size={17} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {canWrite && (
          <>
            <Menu.Item
              leftSection={<Mail size={16} aria-hidden />}
              onClick={() => {
                // What stays before one's eyes would be read again at once.
                onLeave();
                void changeConversation(conversation, { kind: 'unread' });
              }}
            >
              {words.inbox.actions.unread}
            </Menu.Item>
            {conversation.status === 'archived' ? (
              <Menu.Item
                leftSection={<ArchiveRestore size={16} aria-hidden />}
                onClick={() => changeConversation(conversation, { kind: 'reopen' })}
              >
                {words.inbox.actions.reopen}
              </Menu.Item>
            ) : (
              <Menu.Item
                leftSection={<Archive size={16} aria-hidden />}
                onClick={() => changeConversation(conversation, { kind: 'archive' })}
              >
                {words.inbox.actions.archive}
              </Menu.Item>
            )}
          </>
        )}
        <Menu.Item leftSection={<Link2 size={16} aria-hidden />} onClick={copy}>
          {words.inbox.actions.copyLink}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
