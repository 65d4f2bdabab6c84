import type { View } from '@/inbox/state/filters';

const views: Record<View, string> = {
  mine: 'Mine',
  unassigned: 'Unassigned',
  open: 'Open',
  unread: 'Unread',
  snoozed: 'Snoozed',
  closed: 'Closed',
  archived: 'Archived',
  all: 'All',
};

const empty: Record<View, { title: string; text: string }> = {
  mine: { title: 'You take care of nobody just now', text: 'What is assigned to you waits here.' },
  unassigned: { title: 'Everybody has somebody', text: 'Conversations that nobody takes care of wait here.' },
  open: { title: 'Nobody is waiting', text: 'New messages appear here by themselves.' },
  unread: { title: 'All read', text: 'What comes in next is shown here.' },
  snoozed: { title: 'Nothing is snoozed', text: 'Put a conversation aside with S, and it comes back when you said.' },
  closed: {
    title: 'Nothing is closed yet',
    text: 'Conversations that are done land here. They open again when the customer writes.',
  },
  archived: {
    title: 'The archive is empty',
    text: 'Archived conversations stay out of the way and open again when the customer writes.',
  },
  all: { title: 'No conversations yet', text: 'They begin when a customer writes to one of your accounts.' },
};

const number = (value: number) => new Intl.NumberFormat().format(value);

const many = (count: number) => (count === 1 ? '1 conversation' : `${number(count)} conversations`);

/** What the inbox says. */
export const inbox = {
  title: 'Inbox',
  heading: (view: string) => `Inbox: ${view}`,
  list: 'Conversations',
  conversation: 'Conversation',
  viewsLabel: 'Views',
  thread: 'Messages',
  views,
  empty: {
    ...empty,
    account: 'Nothing of this account is in this view.',
    team: 'Nothing of this team is in this view.',
  },
  accounts: 'Accounts',
  allAccounts: 'Show all accounts',
  teams: 'Teams',
  allTeams: 'Show all teams',
  nothingOpen: 'No conversation open',
  nothingOpenText: 'Choose one from the list. J and K move through it, ? shows all keys.',
  resizeList: 'Width of the list',
  resizeContact: 'Width of the contact panel',
  atLeast: (count: number) => `${count}+`,
  unread: 'unread',
  draft: 'Draft:',
  you: 'You:',
  until: (time: string) => `until ${time}`,
  snoozedUntil: (time: string) => `Snoozed until ${time}`,
  undo: 'Undo',
  close: 'Close',
  reopen: 'Reopen',
  linkCopied: 'Link copied',
  textCopied: 'Copied',

  channels: {
    whatsapp: 'WhatsApp',
    sms: 'SMS',
    instagram: 'Instagram',
    facebook: 'Messenger',
    telegram: 'Telegram',
    linkedin: 'LinkedIn',
    twitter: 'X',
    email: 'E-mail',
  } as Record<string, string>,

  types: {
    image: 'Picture',
    video: 'Video',
    audio: 'Audio',
    document: 'Document',
    sticker: 'Sticker',
    location: 'Location',
    contacts: 'Contact',
    interactive: 'Choice',
    template: 'Template',
    event: 'Event',
    unsupported: 'A message of a kind that cannot be shown',
  } as Record<string, string | undefined>,

  states: { closed: 'Closed', archived: 'Archived' } as Record<string, string>,

  steps: {
    queued: 'Queued',
    sending: 'Sending',
    sent: 'Sent',
    delivered: 'Delivered',
    read: 'Read',
    failed: 'Not sent',
    unknown: 'Not confirmed',
  } as Record<string, string>,

  done: {
    close: 'Conversation closed',
    reopen: 'Conversation opened again',
    archive: 'Conversation archived',
    snooze: 'Conversation snoozed',
    wake: 'Conversation is back',
    unread: 'Marked unread',
  },

  actions: {
    next: 'Next conversation',
    previous: 'Previous conversation',
    nextUnread: 'Next unread conversation',
    view: (name: string) => `View: ${name}`,
    leave: 'Back to the list',
    panel: 'Contact details',
    searchHere: 'Search what was said with this contact',
    copyLink: 'Copy link',
    copyText: 'Copy text',
    reply: 'Write a reply',
    answer: 'Answer this message',
    close: 'Close conversation',
    reopen: 'Reopen conversation',
    snooze: 'Snooze…',
    wake: 'End the snooze',
    read: 'Mark as read',
    unread: 'Mark as unread',
    choose: 'Select conversation',
    unchoose: 'Take conversation out of the selection',
    archive: 'Archive conversation',
    template: 'Send a template…',
    attach: 'Attach files…',
    undo: 'Take back what is about to be sent',
  },

  snooze: {
    hour: 'For an hour',
    later: 'Later today',
    tomorrow: 'Tomorrow morning',
    monday: 'Monday morning',
    choose: 'Choose date and time…',
    title: 'Snooze',
    until: 'Until',
    submit: 'Snooze',
    past: 'Choose a time that is still to come.',
  },

  bulk: {
    label: 'Chosen conversations',
    count: (count: number) => `${number(count)} selected`,
    choose: (name: string) => `Select ${name}`,
    clear: 'Clear the selection',
    close: 'Close the selected',
    reopen: 'Reopen the selected',
    archive: 'Archive the selected',
    read: 'Mark the selected as read',
    unread: 'Mark the selected as unread',
    snooze: 'Snooze the selected…',
    done: {
      close: (count: number) => `${many(count)} closed`,
      reopen: (count: number) => `${many(count)} opened again`,
      archive: (count: number) => `${many(count)} archived`,
      read: (count: number) => `${many(count)} marked read`,
      unread: (count: number) => `${many(count)} marked unread`,
      snooze: (count: number) => `${many(count)} snoozed`,
      wake: (count: number) => `${many(count)} back`,
    },
  },

  importing: (account: string, done: number, all: number) =>
    `Reading what was said in ${account}: ${number(done)} of ${number(all)} chats`,

  seenBy: 'Seen by',
  readers: (step: string, count: number) =>
    `${step}. Seen by ${count === 1 ? '1 person' : `${count} people`}: show who`,

  threadBegins: 'The conversation begins here',
  loadingOlder: 'Loading earlier messages…',
  newMessages: 'New messages',
  toLatest: 'To the latest message',
  fromUs: 'We wrote:',
  fromThem: 'The customer wrote:',
  quoteUs: 'We wrote',
  quoteThem: 'The customer wrote',
  toAnswered: 'Go to the message that this answers',
  edited: 'Edited',
  deleted: 'This message was deleted',
  reactions: (emoji: string) => `Reactions: ${emoji}`,
  choices: 'Choices offered',
  templateNamed: (name: string) => `Template · ${name.replaceAll('_', ' ')}`,
  cannotShow: (what: string) => `${what}. Look at it on the phone.`,
  notSent: (name: string, why: string) => `Your message to ${name} was not sent. ${why}`,
  aCustomer: 'a customer',
  showIt: 'Show',
  failedWithoutWords: 'This message was not sent.',
  details: 'Details',
  attempts: 'Attempts',
  providerCode: 'Provider’s code',
  providerWords: 'Provider’s words',

  outbox: {
    held: (seconds: number) => `Sending in ${seconds} s`,
    leaving: 'Sending…',
    edit: 'Edit',
    discard: 'Discard',
    tooOld:
      'This has waited for more than a day and was not sent. Look at the conversation, then send it again if it still fits.',
  },

  composer: {
    label: 'Reply',
    field: (name: string) => `Reply to ${name}`,
    placeholder: 'Write a reply',
    emoji: 'Emoji',
    emojiGroups: { faces: 'Faces', hands: 'Hands', signs: 'Signs', things: 'Things' },
    send: 'Send',
    sendHow: 'Send (Enter). Shift+Enter begins a new line.',
    notAnAnswer: 'Do not answer that message',
    chooseTemplate: 'Choose a template',
    closed:
      'More than 24 hours have passed since the customer last wrote. WhatsApp now takes only a template; free writing is possible again when the customer answers.',
    off: 'This account is switched off and sends nothing. An admin can switch it on in the settings.',
    paused: 'Paused: what you send waits',
    kept: 'Your draft is kept.',
    room: (left: number) => `${number(left)} characters left`,
    tooLong: (over: number, channel: string) =>
      `Too long for one ${channel} message by ${number(over)} ${over === 1 ? 'character' : 'characters'}. Nothing is cut: shorten it, or`,
    inParts: (parts: number) => `send it in ${parts} parts`,
    failing: 'This account does not work just now, and messages do not leave.',
    toAccount: 'To its settings',
    windowLeft: (left: string) => `Free reply for ${left}`,
    through: (channel: string) => `Reply through ${channel}`,
    duration: (hours: number, minutes: number) =>
      [hours > 0 && `${hours} h`, minutes > 0 && `${minutes} min`].filter(Boolean).join(' '),
  },

  files: {
    label: 'Files to send',
    pending: 'Still coming from the provider…',
    broken: 'This file cannot be shown.',
    enlarge: 'Enlarge picture',
    download: 'Download',
    voice: 'Voice message',
    progress: (percent: number, size: string) => `${percent} % of ${size}`,
    uploading: (name: string) => `Uploading ${name}`,
    remove: (name: string) => `Remove ${name}`,
    drop: 'Drop to attach',
    holdsUp: 'A file did not arrive. Try it again or remove it; then the message can be sent.',
  },

  templates: {
    title: 'Send a template',
    search: 'Find a template',
    none: 'No approved templates',
    noneText: 'Templates are made and approved in WhatsApp Manager. They are read from there every hour.',
    blank: (name: string) =>
      /^\d+$/.test(name) ? `Blank ${name}` : name.replaceAll('_', ' ').replace(/^./, (letter) => letter.toUpperCase()),
    button: (text: string) => `End of the address of “${text}”`,
    media: { image: 'Picture', video: 'Video', document: 'Document', location: 'A place on the map' } as Record<
      string,
      string
    >,
    chooseFile: { image: 'Choose a picture', video: 'Choose a video', document: 'Choose a document' } as Record<
      string,
      string
    >,
    position: 'Position',
    positionHelp: 'Latitude and longitude, as a map shows them: -23.5614, -46.6559',
    positionWrong: 'Two numbers with a comma between: at most 90 and 180.',
    placeName: 'Name of the place',
    placeAddress: 'Address',
    send: 'Send template',
  },

  contact: {
    label: 'Contact',
    name: 'Name',
    email: 'E-mail',
    addEmail: 'Add',
    since: 'Known since',
    blocked: 'Blocked: nothing is sent to this contact',
    block: 'Block contact',
    unblock: 'Unblock contact',
    nowBlocked: 'Contact blocked',
    others: 'Other conversations',
    copy: (handle: string) => `Copy ${handle}`,
    edit: (label: string, value: string) => (value ? `${label}: ${value}. Change` : `Add ${label.toLowerCase()}`),
  },
};
