import { Check, Mail, MailOpen, RotateCcw } from 'lucide-react';
import { type MouseEvent, memo } from 'react';
import type { Conversation } from '@/api/types';
import { Avatar } from '@/parts/Avatar';
import { channelName } from '@/parts/ChannelMark';
import { soon } from '@/parts/dates';
import { Moment } from '@/parts/Moment';
import { words } from '@/words';
import { Assignee } from '../assignment/Assignee';
import { previewOf } from '../message/preview';
import { Tick } from '../message/Ticks';
import { addressOf } from '../place';
import { changeConversation } from '../state/changes';
import { useDraft } from '../state/drafts';
import { isSnoozed, type View } from '../state/filters';
import { useRefused } from '../state/outbox';
import { preload } from '../state/threads';
import styles from './ConversationRow.module.css';
import { useLongPress } from './useLongPress';

/** A conversation in the list: who, when, the last words, and what is unread. */
export const ConversationRow = memo(function ConversationRow({
  conversation,
  view,
  integration,
  isOpen,
  canWrite,
  isChosen,
  onOpen,
  onChoose,
}: {
  conversation: Conversation;
  view: View;
  integration: string | undefined;
  isOpen: boolean;
  canWrite: boolean;
  isChosen: boolean;
  onOpen: (id: string) => void;
  /** @param isRange with all between it and the one chosen before. */
  onChoose: (id: string, isRange: boolean) => void;
}) {
  const draft = useDraft(conversation.id);
  const refused = useRefused(conversation.id);
  const failed = refused ?? (conversation.last_message_status === 'failed' ? conversation.last_message_error : null);
  const name = conversation.contact_name ?? conversation.handle;
  const isUnread = !conversation.is_read;
  const press = useLongPress(canWrite ? () => onChoose(conversation.id, false) : undefined);
  const open = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.button !== 0) return;
    if (event.shiftKey && !canWrite) return;
    event.preventDefault();
    if (press.tookClick()) return;
    // Where one chooses by touch, a touch on any row is about choosing.
    if (press.isTouch() && event.currentTarget.closest('[data-choosing]')) return onChoose(conversation.id, false);
    if (event.shiftKey) onChoose(conversation.id, true);
    else onOpen(conversation.id);
  };
  return (
    <div className={styles.frame} data-open={isOpen || undefined} data-chosen={isChosen || undefined}>
      {/* Not the router's Link: that listens to every change of the address, and a list is scrolled fast. */}
      <a
        href={addressOf({ view, integration, conversation: conversation.id })}
        onClick={open}
        className={styles.row}
        data-unread={isUnread || undefined}
        aria-current={isOpen ? 'true' : undefined}
        {...press.on}
        onPointerDown={(event) => {
          preload(conversation);
          press.on.onPointerDown(event);
        }}
      >
        <Avatar name={name} seed={conversation.contact_id} channel={conversation.channel} />
        <span className="hidden-words">{channelName(conversation.channel)}</span>
        <span className={styles.name} dir="auto">
          {name}
        </span>
        <Moment at={conversation.last_message_at} className={styles.time} />
        <span className={styles.preview} data-failed={failed ? true : undefined} dir="auto">
          {failed ? (
            <>
              <Tick status="failed" /> {failed}
            </>
          ) : draft.text && !isOpen ? (
            <em className={styles.draft}>
              {words.inbox.draft} {draft.text}
            </em>
          ) : (
            <>
              {conversation.last_message_status && (
                <>
                  <Tick
                    status={conversation.last_message_status}
                    text={conversation.last_message_error ?? undefined}
                  />{' '}
                </>
              )}
              {conversation.last_message_direction === 'outbound' && `${words.inbox.you} `}
              {previewOf(conversation.last_message_preview ?? '', conversation.last_message_preview)}
            </>
          )}
        </span>
        <span className={styles.marks}>
          <Assignee conversation={conversation} />
          {view !== 'snoozed' || !isSnoozed(conversation) ? null : (
            <span className={styles.until}>
              {words.inbox.until(soon(new Date(conversation.snoozed_until as string)))}
            </span>
          )}
          {isUnread && (
            <span className={styles.unread}>
              {conversation.unread_count > 99 ? words.inbox.atLeast(99) : conversation.unread_count}
              <span className="hidden-words">{words.inbox.unread}</span>
            </span>
          )}
        </span>
      </a>
      {canWrite && (
        // Out of the tab order, as the quick actions are: X chooses the open one.
        // biome-ignore lint/a11y/useSemanticElements: an input does not say whether Shift was held
        <button
          type="button"
          role="checkbox"
          tabIndex={-1}
          aria-checked={isChosen}
          aria-label={words.inbox.bulk.choose(name)}
          className={styles.check}
          onClick={(event) => onChoose(conversation.id, event.shiftKey)}
        >
          <span>{isChosen && <Check size={14} strokeWidth={3} aria-hidden />}</span>
        </button>
      )}
      {canWrite && (
        <div className={styles.quick}>
          <Quick
            name={isUnread ? words.inbox.actions.read : words.inbox.actions.unread}
            icon={isUnread ? MailOpen : Mail}
            onClick={() => changeConversation(conversation, { kind: isUnread ? 'read' : 'unread' }, { silent: true })}
          />
          {conversation.status === 'open' ? (
            <Quick
              name={words.inbox.actions.close}
              icon={Check}
              onClick={() => changeConversation(conversation, { kind: 'close' })}
            />
          ) : (
            <Quick
              name={words.inbox.actions.reopen}
              icon={RotateCcw}
              onClick={() => changeConversation(conversation, { kind: 'reopen' })}
            />
          )}
        </div>
      )}
    </div>
  );
});

function Quick({ name, icon: Icon, onClick }: { name: string; icon: typeof Check; onClick: () => void }) {
  return (
    // Out of the tab order: rows would have three stops each, and the same is done by key.
    <button type="button" tabIndex={-1} aria-label={name} title={name} onClick={onClick}>
      <Icon size={15} aria-hidden />
    </button>
  );
}
