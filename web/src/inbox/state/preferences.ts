import { useQuery } from '@tanstack/react-query';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { queries } from '@/api/queries';

export interface NotificationPreferences {
  notify_about: string;
  sound: boolean;
  desktop: boolean;
}

const query = {
  queryKey: keys.preferences,
  queryFn: () => ask(api.GET('/api/me/notifications')) as Promise<NotificationPreferences>,
};

export const usePreferences = () => useQuery<NotificationPreferences>(query);

/** As they are; read when somebody first asks. */
export async function readPreferences(): Promise<NotificationPreferences> {
  try {
    return await queries.ensureQueryData<NotificationPreferences>(query);
  } catch {
    return { notify_about: 'all', sound: false, desktop: true };
  }
}

/** Two soft tones, made here: no file to load. */
export function playTone(): void {
  try {
    const audio = new AudioContext();
    for (const [index, pitch] of [660, 880].entries()) {
      const tone = audio.createOscillator();
      const loudness = audio.createGain();
      const at = audio.currentTime + index * 0.12;
      tone.frequency.value = pitch;
      loudness.gain.setValueAtTime(0.08, at);
      loudness.gain.exponentialRampToValueAtTime(0.001, at + 0.25);
      tone.connect(loudness).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.26);
    }
    setTimeout(() => void audio.close(), 1000);
  } catch {
    // No sound here: the rest was told.
  }
}
