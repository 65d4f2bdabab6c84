import {
  Bot,
  Cable,
  CalendarClock,
  Database,
  FileText,
  Hourglass,
  KeyRound,
  type LucideIcon,
  MessageSquareQuote,
  ScrollText,
  Tag,
  UserRound,
  UserRoundCog,
  UsersRound,
  Webhook,
} from 'lucide-react';
import { type ComponentType, type LazyExoticComponent, lazy } from 'react';
import type { Role } from '@/api/types';
import { words } from '@/words';
import { botWords } from '@/words/bot';
import { dataWords } from '@/words/data';
import { settingsWords } from '@/words/settings';
import { webhookWords } from '@/words/webhooks';

/** A page of the settings. */
export interface Section {
  path: string;
  name: string;
  group: keyof typeof settingsWords.groups;
  icon: LucideIcon;
  /** Who sees it: this role and those above it. */
  role: Role;
  /** Its code, loaded when it is first shown. "item" is the rest of the address: what of its list is open. */
  Page: LazyExoticComponent<ComponentType<{ item?: string }>>;
}

const { sections: names } = settingsWords;

/** Every section, in the order of the list. To add one: write its folder, then its line here. */
export const sections: Section[] = [
  {
    path: 'profile',
    name: names.profile,
    group: 'you',
    icon: UserRound,
    role: 'viewer',
    Page: lazy(() => import('./profile/ProfileSection')),
  },
  {
    path: 'integrations',
    name: names.integrations,
    group: 'organisation',
    icon: Cable,
    role: 'viewer',
    Page: lazy(() => import('./integrations/IntegrationsSection')),
  },
  {
    path: 'templates',
    name: names.templates,
    group: 'organisation',
    icon: FileText,
    role: 'viewer',
    Page: lazy(() => import('./templates/TemplatesSection')),
  },
  {
    path: 'labels',
    name: words.labels.title,
    group: 'organisation',
    icon: Tag,
    role: 'viewer',
    Page: lazy(() => import('./labels/LabelsSection')),
  },
  {
    path: 'replies',
    name: words.replies.title,
    group: 'organisation',
    icon: MessageSquareQuote,
    role: 'viewer',
    Page: lazy(() => import('./replies/RepliesSection')),
  },
  {
    path: 'scheduling',
    name: words.scheduling.settings.name,
    group: 'organisation',
    icon: CalendarClock,
    role: 'viewer',
    Page: lazy(() => import('./scheduling/SchedulingSection')),
  },
  {
    path: 'bot',
    name: botWords.section,
    group: 'organisation',
    icon: Bot,
    role: 'viewer',
    Page: lazy(() => import('./bot/BotSection')),
  },
  {
    path: 'team',
    name: names.team,
    group: 'organisation',
    icon: UsersRound,
    role: 'admin',
    Page: lazy(() => import('./team/TeamSection')),
  },
  {
    path: 'teams',
    name: names.teams,
    group: 'organisation',
    icon: UserRoundCog,
    role: 'admin',
    Page: lazy(() => import('./teams/TeamsSection')),
  },
  {
    path: 'keys',
    name: names.keys,
    group: 'organisation',
    icon: KeyRound,
    role: 'admin',
    Page: lazy(() => import('./keys/KeysSection')),
  },
  {
    path: 'webhooks',
    name: webhookWords.title,
    group: 'organisation',
    icon: Webhook,
    role: 'admin',
    Page: lazy(() => import('./webhooks/WebhooksSection')),
  },
  {
    path: 'jobs',
    name: names.jobs,
    group: 'organisation',
    icon: Hourglass,
    role: 'admin',
    Page: lazy(() => import('./jobs/JobsSection')),
  },
  {
    path: 'audit',
    name: names.audit,
    group: 'organisation',
    icon: ScrollText,
    role: 'admin',
    Page: lazy(() => import('./audit/AuditSection')),
  },
  {
    path: 'data',
    name: dataWords.title,
    group: 'organisation',
    icon: Database,
    role: 'admin',
    Page: lazy(() => import('./data/DataSection')),
  },
];
