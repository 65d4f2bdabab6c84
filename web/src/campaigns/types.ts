import type { components } from '@/api/schema';
import type { Attachment } from '@/api/types';

type Schemas = components['schemas'];

export type CampaignStatus = 'draft' | 'scheduled' | 'running' | 'paused' | 'completed' | 'cancelled';
export type Kind = 'text' | 'template' | 'image' | 'video' | 'audio' | 'document';

export interface Audience {
  everybody: boolean;
  filter: {
    q?: string | null;
    status?: string | null;
    channel?: string | null;
    has_conversation?: boolean | null;
    field?: string[] | null;
  } | null;
  labels: string[] | null;
  csv: { import_id: string; column: string; country: string | null } | null;
  /** Those whom this campaign failed to reach. */
  failed_of: string | null;
}

export interface Hours {
  time_zone: string;
  from: string;
  to: string;
  /** 1 is Monday. */
  days: number[];
}

export interface FilledTemplate {
  name: string;
  language: string;
  variables?: string[] | Record<string, string> | null;
  header?: {
    variables?: string[] | Record<string, string> | null;
    attachment_id?: string | null;
    link?: string | null;
  } | null;
  buttons?: { index: number; value: string }[] | null;
}

/** What a campaign is made of, as it is sent to the server. */
export interface CampaignRequest {
  name: string;
  description: string | null;
  integration_id: string;
  type: Kind;
  message: string | null;
  /** An uploaded file, or the address of one. */
  attachment_id: string | null;
  link: string | null;
  template: FilledTemplate | null;
  defaults: Record<string, string> | null;
  recipients: string[];
  audience: Audience;
  hours: Hours | null;
  rate_per_second: number | null;
  concurrency: number | null;
  brake: { failure_percent: number; min_sample: number };
}

export type Counts = Schemas['CampaignCountsView'];

export interface Campaign extends Omit<CampaignRequest, 'recipients'> {
  /** Null where only how many there are was asked for. */
  recipients: string[] | null;
  recipients_count: number;
  /** The uploaded file that it carries, also in its template's header. */
  attachment: Attachment | null;
  id: string;
  status: CampaignStatus;
  version: number;
  channel: string;
  source_id: string | null;
  phase: string | null;
  waits_until: string | null;
  pause_cause: string | null;
  pause_reason: string | null;
  schedule: { scheduled_at: string; time_zone: string; local_time: string } | null;
  total_count: number;
  sent_count: number;
  delivered_count: number;
  read_count: number;
  failed_count: number;
  counts: Counts;
  is_counting: boolean;
  started_at: string | null;
  completed_at: string | null;
  cancelled_at: string | null;
  created_at: string;
  updated_at: string;
}

/** What one person would read, or why they do not. */
export type Sample = Schemas['CampaignSample'];

export type Preview = Schemas['CampaignPreview'];

export type Recipient = Schemas['CampaignRecipientView'];

export type Series = Schemas['CampaignSeries'];
