import { ActionIcon, Popover, Tooltip } from '@mantine/core';
import { ArrowUp, LayoutTemplate, Paperclip, Smile, X } from 'lucide-react';
import { type KeyboardEvent, lazy, Suspense, useLayoutEffect, useRef, useState } from 'react';
import type { Conversation } from '@/api/types';
import { useActions } from '@/app/actions';
import { channelName } from '@/parts/ChannelMark';
import { useNow } from '@/parts/dates';
import { writeInto } from '@/parts/writeInto';
import { words } from '@/words';
import { takeBack } from '../message/OutgoingLine';
import { Quote } from '../message/Quote';
import { useQuickReplies } from '../quick/useQuickReplies';
import { ScheduleMenu } from '../schedule/ScheduleMenu';
import { drafts, useDraft } from '../state/drafts';
import { useIntegrations } from '../state/lists';
import { outbox } from '../state/outbox';
import styles from './Composer.module.css';
import { Files } from './Files';
import { FIELD } from './focus';
import { longestFor, partsOf, roomIn } from './length';
import { sendDraft } from './send';
import { upload, useUploads } from './uploads';
import { windowOf } from './window';

const ROOM = 'composer-room';
const EmojiPicker = lazy(() => import('./EmojiPicker'));
const TemplatePicker = lazy(() => import('../template/TemplatePicker'));

/** Where one writes. It says what will happen; and when nothing can be sent, why, and what can be done instead. */
export function Composer({
  conversation,
  onSend,
}: {
  conversation: Conversation;
  /** What was written is shown at the end: go there. */
  onSend: () => void;
}) {
  const { id } = conversation;
  const draft = useDraft(id);
  const uploads = useUploads().filter((one) => one.conversation === id);
  const now = useNow();
  const { data: integrations } = useIntegrations();
  const account = integrations?.find((integration) => integration.id === conversation.integration_id);
  const window = windowOf(conversation, now);
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const [emojiIsOpen, setEmojiOpen] = useState(false);
  const [templatesAreOpen, setTemplatesOpen] = useState(false);
  const isOff = account?.status === 'disabled';
  const isPaused = account?.status === 'paused';
  const isClosed = window.state === 'closed' || isOff;
  const hasTemplates = conversation.channel === 'whatsapp';
  const quick = useQuickReplies(conversation, draft.text, field);
  const most = longestFor(conversation.channel);
  const room = roomIn(draft.text, most);
  const parts = room !== undefined && room < 0 ? partsOf(draft.text, most).length : 1;
  const canSend =
    !isClosed && !quick.blank && uploads.length === 0 && (draft.text.trim() !== '' || (draft.files?.length ?? 0) > 0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: its height follows the text
  useLayoutEffect(() => {
    const box = field.current;
    if (!box) return;
    box.style.height = 'auto';
    box.style.height = `${box.scrollHeight}px`;
  }, [draft.text, isClosed]);

  useActions([
    ...(hasTemplates && !isOff
      ? [
          {
            id: 'template',
            name: words.inbox.actions.template,
            group: 'conversation' as const,
            keys: 't',
            run: () => setTemplatesOpen(true),
          },
        ]
      : []),
    ...(isClosed
      ? []
      : [
          {
            id: 'attach',
            name: words.inbox.actions.attach,
            group: 'conversation' as const,
            keys: 'a',
            run: () => picker.current?.click(),
          },
        ]),
    {
      id: 'undo',
      name: words.inbox.actions.undo,
      group: 'conversation',
      keys: 'z',
      run: () => takeBack(outbox.lastHeld(id)),
    },
  ]);

  const send = () => {
    if (!canSend) return;
    sendDraft(id, conversation.channel, drafts.read(id));
    onSend();
  };

  function press(event: KeyboardEvent<HTMLTextAreaElement>) {
    if (event.nativeEvent.isComposing || quick.press(event)) return;
    if (event.key === 'Enter' && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      // What is too long goes in parts only when somebody says so.
      if (parts === 1) send();
    } else if (event.key === 'Escape') {
      event.preventDefault();
      if (draft.answered) drafts.change(id, { answered: undefined });
      else event.currentTarget.blur();
    }
  }

  function insert(text: string) {
    const box = field.current;
    const at = box?.selectionStart ?? draft.text.length;
    const after = draft.text.slice(box?.selectionEnd ?? at);
    writeInto(field, () => drafts.change(id, { text: draft.text.slice(0, at) + text + after }), at + text.length);
  }

  return (
    <section className={styles.composer} aria-label={words.inbox.composer.label}>
      <div className={styles.box} data-closed={isClosed || undefined}>
        {draft.answered && (
          <div className={styles.answered}>
            <Quote answered={draft.answered} />
            <ActionIcon
              variant="subtle"
              color="gray"
              size={28}
              aria-label={words.inbox.composer.notAnAnswer}
              onClick={() => drafts.change(id, { answered: undefined })}
            >
              <X size={15} aria-hidden />
            </ActionIcon>
          </div>
        )}
        {!isClosed && quick.list}
        <Files conversation={id} files={draft.files ?? []} uploads={uploads} />
        {isClosed ? (
          <div className={styles.closed}>
            <p>{isOff ? words.inbox.composer.off : words.inbox.composer.closed}</p>
            {draft.text && <p className={styles.kept}>{words.inbox.composer.kept}</p>}
          </div>
        ) : (
          <textarea
            id={FIELD}
            ref={field}
            {...quick.aria}
            className={styles.field}
            rows={1}
            aria-describedby={room === undefined ? undefined : ROOM}
            aria-invalid={parts > 1 || undefined}
            dir="auto"
            aria-label={words.inbox.composer.field(conversation.contact_name ?? conversation.handle)}
            placeholder={words.inbox.composer.placeholder}
            value={draft.text}
            onChange={(event) => drafts.change(id, { text: event.currentTarget.value })}
            onKeyDown={press}
            onPaste={(event) => {
              if (event.clipboardData.files.length === 0) return;
              event.preventDefault();
              upload(id, event.clipboardData.files);
            }}
          />
        )}
        {!isClosed && room !== undefined && (
          <p
            id={ROOM}
            className={styles.room}
            data-over={parts > 1 || undefined}
            role={parts > 1 ? 'alert' : undefined}
          >
            {parts > 1
              ? words.inbox.composer.tooLong(-room, channelName(conversation.channel))
              : words.inbox.composer.room(room)}{' '}
            {parts > 1 && (
              <button type="button" disabled={!canSend} onClick={send}>
                {words.inbox.composer.inParts(parts)}
              </button>
            )}
          </p>
        )}
        {!isClosed && uploads.some((upload) => upload.problem) && (
          <p className={styles.room} data-over role="status">
            {words.inbox.files.holdsUp}
          </p>
        )}
        <div className={styles.bar}>
          {!isClosed && (
            <>
              <input
                ref={picker}
                type="file"
                multiple
                hidden
                onChange={(event) => {
                  upload(id, event.currentTarget.files ?? []);
                  event.currentTarget.value = '';
                }}
              />
              <Tool name={words.inbox.actions.attach} icon={Paperclip} onClick={() => picker.current?.click()} />
              <Popover
                opened={emojiIsOpen}
                onChange={setEmojiOpen}
                position="top-start"
                trapFocus={false}
                returnFocus={false}
                shadow="md"
                withRoles={false}
              >
                <Popover.Target>
                  <span>
                    <Tool
                      name={words.inbox.composer.emoji}
                      icon={Smile}
                      isOpen={emojiIsOpen}
                      onClick={() => setEmojiOpen(!emojiIsOpen)}
                    />
                  </span>
                </Popover.Target>
                <Popover.Dropdown p={8} role="dialog" aria-label={words.inbox.composer.emoji}>
                  <Suspense>
                    {emojiIsOpen && (
                      <EmojiPicker
                        onChoose={(emoji) => {
                          setEmojiOpen(false);
                          insert(emoji);
                        }}
                        onClose={() => {
                          setEmojiOpen(false);
                          field.current?.focus();
                        }}
                      />
                    )}
                  </Suspense>
                </Popover.Dropdown>
              </Popover>
            </>
          )}
          {hasTemplates &&
            !isOff &&
            (isClosed ? (
              <button type="button" className={styles.template} onClick={() => setTemplatesOpen(true)}>
                <LayoutTemplate size={15} aria-hidden />
                {words.inbox.composer.chooseTemplate}
              </button>
            ) : (
              <Tool name={words.inbox.actions.template} icon={LayoutTemplate} onClick={() => setTemplatesOpen(true)} />
            ))}
          <span className={styles.says} data-state={window.state}>
            {quick.blank
              ? words.replies.fillIn(quick.blank.name)
              : isPaused
                ? words.inbox.composer.paused
                : window.state === 'open' || window.state === 'soon'
                  ? words.inbox.composer.windowLeft(window.left)
                  : window.state === 'none'
                    ? words.inbox.composer.through(channelName(conversation.channel))
                    : ''}
          </span>
          {!isClosed && <ScheduleMenu conversation={conversation} isDisabled={!canSend} />}
          {!isClosed && (
            <button
              type="button"
              className={styles.send}
              disabled={!canSend || parts > 1}
              aria-label={words.inbox.composer.send}
              title={words.inbox.composer.sendHow}
              onClick={send}
            >
              <ArrowUp size={18} strokeWidth={2.25} aria-hidden />
            </button>
          )}
        </div>
      </div>
      <Suspense>
        {templatesAreOpen && <TemplatePicker conversation={conversation} onClose={() => setTemplatesOpen(false)} />}
      </Suspense>
    </section>
  );
}

function Tool({
  name,
  icon: Icon,
  isOpen,
  onClick,
}: {
  name: string;
  icon: typeof Smile;
  isOpen?: boolean;
  onClick: () => void;
}) {
  return (
    <Tooltip label={name}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="var(--hit)"
        aria-label={name}
        aria-expanded={isOpen}
        onClick={onClick}
      >
        <Icon size={18} strokeWidth={1.75} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}
