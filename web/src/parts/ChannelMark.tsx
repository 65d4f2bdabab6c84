import { words } from '@/words';
import styles from './ChannelMark.module.css';

// Simple signs of our own on the channel's colour, not the owners' logos.
const signs: Record<string, string> = {
  whatsapp: 'M7 2.9a4 4 0 0 0-3.5 6L3 11l2.2-.5A4 4 0 1 0 7 2.9Z',
  sms: 'M3 4.2h8v4.6H7L5 10.6V8.8H3Z',
  instagram:
    'M4.2 3h5.6A1.2 1.2 0 0 1 11 4.2v5.6A1.2 1.2 0 0 1 9.8 11H4.2A1.2 1.2 0 0 1 3 9.800V4.2A1.200 1.200 0 0 1 4.2 3Z',
  facebook:
    'M7.700 11V7.500h1.300l.2-1.500H7.700V5.200c0-.5.2-.8.8-.8h.8V3.100C8.200 2.900 6.200 2.800 6.200 5v1H5v1.500h1.200V11Z',
  telegram: 'M2.800 7 11 3.600 9.700 10.400 7 8.600 5.700 9.900 5.500 8Z',
  linkedin:
    'M3.500 5.500h1.500V10.500H3.500ZM4.200 3.300a.9.9 0 1 1 0 1.800.9.9 0 0 1 0-1.800ZM6 5.500h1.400v.7c.8-1.200 3.100-1 3.100 1.200v3.100H9V7.900c0-1.200-1.500-1.100-1.500 0v2.600H6Z',
  twitter:
    'M3.300 3.300h2l1.900 2.600L9.400 3.300h1.100L7.700 6.600l3.100 4.100H8.800L6.700 7.900 4.300 10.700H3.200L6.200 7.200Z',
  email: 'M2.800 4h8.400v.6L7 7.300 2.800 4.600ZM2.800 5.700 7 8.400l4.200-2.700V10H2.800Z',
};

/** The channel, 14 px: the only place where its colour appears. */
export function ChannelMark({ channel }: { channel: string }) {
  return (
    <svg className={styles.mark} data-channel={channel} viewBox="0 0 14 14" width={14} height={14} aria-hidden>
      <circle cx="7" cy="7" r="7" />
      <path d={signs[channel] ?? signs.sms} />
    </svg>
  );
}

export const channelName = (channel: string) => words.inbox.channels[channel] ?? channel;
