import type { components } from './schema';

type Schemas = components['schemas'];

export type Role = 'viewer' | 'editor' | 'admin';
export type Conversation = Schemas['ConversationView'];
export type Contact = Schemas['ContactView'];
export type Merge = Schemas['MergeView'];
export type Suggestion = Schemas['SuggestionView'];
export type ContactImport = Schemas['ImportView'];
export type ImportCheck = Schemas['ImportCheck'];
/** What is given is changed; a null empties the field. */
export type ContactChange = Partial<
  Pick<Contact, 'name' | 'phone' | 'email' | 'external_ref' | 'status' | 'notes' | 'social_handles' | 'metadata'>
>;
export type Integration = Schemas['IntegrationView'];
export type Template = Schemas['TemplateView'];
export type ProviderForm = Schemas['ProviderForm'];
export type SettingField = Schemas['SettingField'];
export type Sync = Schemas['SyncView'];
export type Registration = Schemas['RegistrationView'];
export type Reader = Schemas['ReaderView'];
export type AccountTest = Schemas['AccountTest'];
export type Bot = Required<Schemas['BotView']>;
export type BotTry = Required<Schemas['TryView']>;
export type BotDocument = Schemas['DocumentView'];
export type ApiKey = Schemas['ApiKeyView'];
export type Session = Required<Schemas['SessionView']>;
export type Assignment = Schemas['AssignmentView'];
export type Team = Schemas['TeamView'];
export type Member = Required<Schemas['MemberView']>;
export type Note = Schemas['NoteView'];
export type Notification = Schemas['NotificationView'];
export type Presence = Schemas['PresenceView'];
export type AuditLine = Schemas['AuditView'];
export type Job = Schemas['JobView'];
export type WebhookEndpoint = Schemas['WebhookEndpointView'];
export type WebhookDelivery = Schemas['WebhookDeliveryView'];
export type EventType = Schemas['EventTypeView'];
export type Webhook = Schemas['WebhookEventView'];
export type FeedEvent = Omit<Schemas['FeedView'], 'message' | 'conversation'> & {
  message: Message | null;
  conversation: Conversation | null;
};
export type BulkUndo = Schemas['BulkUndo'];
export type User = Required<Schemas['UserRow']>;
export type Me = Omit<Schemas['MeView'], 'user' | 'role'> & { user: User | null; role: Role };
export type Reply = Schemas['ReplyRequest'];

/** A file of a message. */
export type Attachment = Schemas['AttachmentView'];

export interface Reaction {
  emoji: string;
  from?: string;
}

/** A message; the parts that the document leaves open are named here. */
export type Message = Omit<Schemas['MessageView'], 'attachments' | 'reactions' | 'metadata' | 'steps'> & {
  attachments: Attachment[] | null;
  reactions: Reaction[] | null;
  metadata: Record<string, unknown> | null;
  steps?: Schemas['StepView'][] | null;
};

/** A message that waits for its time. */
export type ScheduledMessage = Message & { contact_name: string | null; handle: string };
export type Label = Schemas['LabelView'];
export type SavedView = Schemas['SavedView'];
export type SchedulingSettings = Schemas['SchedulingSettings'];

export type Snippet = Schemas['Snippet'];
export type FoundMessage = Required<Schemas['FoundMessage']>;
export type FoundContact = Required<Schemas['FoundContact']>;
export type FoundConversation = Required<Schemas['FoundConversation']>;

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}
