import { Navigate, useLocation } from '@tanstack/react-router';
import { useMe } from '@/api/session';
import { Failed } from '@/parts/States';
import { Shell } from './Shell';
import { SignIn } from './sign-in/SignIn';

/** Around everything: who is not signed in sees the door, wherever the link leads; after it, the link goes on. */
export function Frame() {
  const me = useMe();
  const { pathname } = useLocation();
  if (me.data) return pathname === '/sign-in' ? <Navigate to="/" replace /> : <Shell me={me.data} />;
  if (me.isPending) return null;
  if (me.error.status === 401) return <SignIn />;
  return <Failed problem={me.error} onAgain={() => me.refetch()} />;
}
