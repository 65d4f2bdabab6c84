import {
  CalendarClock,
  ChartColumn,
  Contact,
  Hand,
  Inbox,
  type LucideIcon,
  Megaphone,
  Search,
  Settings,
  Webhook,
  Workflow,
} from 'lucide-react';
import type { ComponentType } from 'react';
import type { Role } from '@/api/types';
import { words } from '@/words';

/** A page of Parley. */
export interface Screen {
  /** Where it is, and the addresses below it: "$name" is a part that varies. */
  path: string;
  below?: string[];
  /** Where its link in the rail leads, when that is not the path. */
  start?: string;
  name: string;
  icon: LucideIcon;
  /** What leads there from everywhere. */
  keys?: string;
  /** False for one that other screens lead to. */
  isInRail?: boolean;
  /** Who sees it: this role and those above it. */
  role: Role;
  /** True for one that shows, or counts, what all customers wrote: not for who sees their team's only. */
  showsAll?: boolean;
  /** Its code, loaded when it is first shown. */
  load: () => Promise<{ default: ComponentType }>;
}

/** Every screen, in the order of the rail. To add one: write its folder, then its lines here. */
export const screens: Screen[] = [
  {
    path: '/inbox',
    below: ['$view', '$view/$conversationId'],
    start: '/inbox/open',
    name: words.inbox.title,
    icon: Inbox,
    role: 'viewer',
    load: () => import('@/inbox/InboxScreen'),
  },
  {
    path: '/contacts',
    below: ['duplicates', 'import', 'import/$importId', '$contactId'],
    name: words.screens.contacts,
    icon: Contact,
    role: 'viewer',
    load: () => import('@/contacts/ContactsScreen'),
  },
  {
    path: '/search',
    name: words.screens.search,
    icon: Search,
    keys: '/',
    role: 'viewer',
    load: () => import('@/search/SearchScreen'),
  },
  {
    path: '/scheduled',
    name: words.scheduling.title,
    icon: CalendarClock,
    role: 'viewer',
    load: () => import('@/scheduled/ScheduledScreen'),
  },
  {
    path: '/campaigns',
    below: ['new', '$campaignId', '$campaignId/edit'],
    name: words.screens.campaigns,
    icon: Megaphone,
    role: 'viewer',
    showsAll: true,
    load: () => import('@/campaigns/CampaignsScreen'),
  },
  {
    path: '/reports',
    name: words.screens.reports,
    icon: ChartColumn,
    role: 'viewer',
    showsAll: true,
    load: () => import('@/reports/ReportsScreen'),
  },
  {
    path: '/automations',
    below: ['$automationId'],
    name: words.screens.automations,
    icon: Workflow,
    role: 'viewer',
    showsAll: true,
    load: () => import('@/automations/AutomationsScreen'),
  },
  {
    path: '/journal',
    below: ['$webhookId'],
    name: words.screens.journal,
    icon: Webhook,
    role: 'viewer',
    showsAll: true,
    load: () => import('@/journal/JournalScreen'),
  },
  {
    path: '/settings',
    below: ['$section', '$section/$item'],
    name: words.screens.settings,
    icon: Settings,
    role: 'viewer',
    load: () => import('@/settings/SettingsScreen'),
  },
  {
    path: '/welcome',
    isInRail: false,
    name: words.screens.welcome,
    icon: Hand,
    role: 'viewer',
    load: () => import('@/welcome/WelcomeScreen'),
  },
];
