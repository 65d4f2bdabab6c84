import { useState } from 'react';
import { storage } from '@/api/storage';

const NAME = 'notify';

export const notificationsAreOn = () =>
  'Notification' in window && Notification.permission === 'granted' && storage.read(NAME, false);

/** Whether this browser tells about new messages; browsers let us ask only after a click. */
export function useNotifications() {
  const now = () => {
    if (!('Notification' in window) || Notification.permission === 'denied') return 'denied' as const;
    return notificationsAreOn() ? ('on' as const) : ('off' as const);
  };
  const [state, setState] = useState(now);
  return {
    state,
    toggle: async () => {
      if (state === 'on') storage.write(NAME, false);
      else if ((await Notification.requestPermission()) === 'granted') storage.write(NAME, true);
      setState(now());
    },
  };
}
