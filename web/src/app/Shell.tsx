import { Tooltip } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { Command } from 'lucide-react';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { live } from '@/api/live';
import { includes, loseSession, onSignedIn, seesAll, useSessionIsLost } from '@/api/session';
import type { Me } from '@/api/types';
import { Bell } from '@/inbox/notes/Bell';
import { linkTo } from '@/inbox/place';
import { useAmHere } from '@/inbox/presence/data';
import { OPEN, type Shown } from '@/inbox/state/announce';
import { follow } from '@/inbox/state/follow';
import { useCounts } from '@/inbox/state/lists';
import { outbox } from '@/inbox/state/outbox';
import { words } from '@/words';
import { handleKey, useActions } from './actions';
import { LiveBanner } from './LiveBanner';
import { MoreScreens } from './MoreScreens';
import { Notices } from './notices';
import styles from './Shell.module.css';
import { screens } from './screens';
import { SignInAgain } from './sign-in/SignInAgain';
import { UserMenu } from './UserMenu';

const loadPalette = () => import('./commands/Palette');
const Palette = lazy(loadPalette);
const CheatSheet = lazy(() => import('./commands/CheatSheet'));

/** How many screens have their place in the rail of a phone; the rest stands in a menu. */
const ON_A_PHONE = 4;

/** The frame of all screens: the rail, the screen, and what floats over it. */
export function Shell({ me }: { me: Me }) {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const sessionIsLost = useSessionIsLost();
  const [open, setOpen] = useState<'palette' | 'keys'>();
  const user = me.user?.id ?? me.tenant_id;
  const early = useRef('');
  const mine = screens.filter((screen) => includes(me.role, screen.role) && !(screen.showsAll && !seesAll(me)));

  const places = mine.filter((screen) => screen.isInRail !== false);
  const isPhone = useMediaQuery('(max-width: 640px)', undefined, { getInitialValueInEffect: false });
  const inRail = isPhone ? places.slice(0, ON_A_PHONE) : places;

  useEffect(() => {
    const unfollow = follow();
    const endOutbox = outbox.start();
    live.start(user, loseSession);
    const endSignedIn = onSignedIn(() => live.reconnect());
    const open = ({ detail }: CustomEvent<Shown | string>) =>
      void navigate(typeof detail === 'string' ? { to: detail } : linkTo({ view: 'all', ...detail }));
    addEventListener(OPEN, open as EventListener);
    // Who types into the palette at once shall find it there.
    const later = setTimeout(() => loadPalette().catch(() => {}), 2000); // offline, it is loaded when it is opened
    return () => {
      unfollow();
      endOutbox();
      endSignedIn();
      removeEventListener(OPEN, open as EventListener);
      clearTimeout(later);
    };
  }, [user, navigate]);
  // What is typed while one of them is still on its way is meant for it, and closes no conversation.
  useEffect(() => {
    early.current = '';
    const listen = open === undefined ? handleKey : open === 'palette' ? keep : undefined;
    if (!listen) return;
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);

    function keep(event: KeyboardEvent) {
      if (event.key.length > 1 || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof Element && event.target.closest('[role="dialog"]')) return;
      event.preventDefault();
      early.current += event.key;
    }
  }, [open]);
  useTitle();
  useAmHere(me.user !== null);

  useActions([
    {
      id: 'palette',
      name: words.shell.commands,
      group: 'everywhere',
      keys: 'mod+k',
      whileTyping: true,
      isMove: true,
      run: () => setOpen('palette'),
    },
    { id: 'keys', name: words.shell.keys, group: 'everywhere', keys: '?', run: () => setOpen('keys') },
    ...mine.map((screen) => ({
      id: `go:${screen.path}`,
      name: screen.name,
      group: 'go' as const,
      keys: screen.keys,
      run: () => navigate({ to: screen.start ?? screen.path }),
    })),
  ]);

  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#content">
        {words.shell.skip}
      </a>
      <nav className={styles.rail} aria-label={words.shell.navigation}>
        <img className={styles.mark} src="/favicon.svg" width={28} height={28} alt="" />
        {inRail.map((screen) => (
          <Tooltip key={screen.path} label={screen.name} position="right">
            <Link
              to={screen.start ?? screen.path}
              className={styles.place}
              aria-label={screen.name}
              aria-current={pathname.startsWith(screen.path) ? 'page' : undefined}
            >
              <screen.icon size={20} strokeWidth={1.75} aria-hidden />
            </Link>
          </Tooltip>
        ))}
        {isPhone && <MoreScreens screens={places.slice(ON_A_PHONE)} className={styles.place} />}
        <span className={styles.gap} />
        <Tooltip label={words.shell.commands} position="right">
          <button
            type="button"
            className={styles.place}
            aria-label={words.shell.commands}
            onClick={() => setOpen('palette')}
          >
            <Command size={19} strokeWidth={1.75} aria-hidden />
          </button>
        </Tooltip>
        {me.user && <Bell className={styles.place} />}
        <UserMenu me={me} onKeys={() => setOpen('keys')} />
      </nav>
      <div className={styles.main}>
        <LiveBanner />
        <div className={styles.content} id="content">
          <Outlet />
        </div>
      </div>
      <Notices />
      <Suspense>
        {open === 'palette' && <Palette early={early} onClose={() => setOpen(undefined)} />}
        {open === 'keys' && <CheatSheet onClose={() => setOpen(undefined)} />}
      </Suspense>
      {sessionIsLost && <SignInAgain me={me} />}
    </div>
  );
}

/** The number of unread conversations, where one sees it from another tab. */
function useTitle(): void {
  const { data: counts } = useCounts();
  const unread = counts?.unread ?? 0;
  useEffect(() => {
    document.title =
      unread > 0
        ? `(${unread >= (counts?.most ?? 0) ? words.inbox.atLeast(unread - 1) : unread}) ${words.name}`
        : words.name;
  }, [unread, counts]);
}
