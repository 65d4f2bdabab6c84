/** The names under which server state is kept, in one place: who writes a cache must find what others read from it. */
export const keys = {
  me: ['me'] as const,
  conversations: ['conversations'] as const,
  conversationList: (filter: object) => ['conversations', 'list', filter] as const,
  conversation: (id: string) => ['conversations', 'one', id] as const,
  counts: ['conversations', 'counts'] as const,
  thread: (conversation: string) => ['threads', conversation] as const,
  threads: ['threads'] as const,
  message: (id: string) => ['messages', id] as const,
  contact: (id: string) => ['contacts', id] as const,
  contacts: ['contacts'] as const,
  integrations: ['integrations'] as const,
  templates: (integration: string) => ['templates', integration] as const,
  allTemplates: ['templates'] as const,
  users: ['users'] as const,
};
