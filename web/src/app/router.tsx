import {
  type AnyRoute,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { Frame } from './Frame';
import { Broken, Nowhere } from './Lost';
import { type Screen, screens } from './screens';

const root = createRootRoute({ component: Frame, notFoundComponent: () => <Nowhere />, errorComponent: Broken });

function routeOf(screen: Screen): AnyRoute {
  const route = createRoute({
    getParentRoute: () => root,
    path: screen.path,
    // The address is the state: filters, the message to show. Values are texts, and screens read those they know.
    validateSearch: (search: Record<string, unknown>) => search,
    component: lazyRouteComponent(screen.load),
    errorComponent: Broken,
    beforeLoad: ({ location }) => {
      if (screen.start && location.pathname.replace(/\/$/, '') === screen.path) throw redirect({ to: screen.start });
    },
  });
  // The addresses below are the same screen: it stays mounted while they change.
  return route.addChildren((screen.below ?? []).map((path) => createRoute({ getParentRoute: () => route, path })));
}

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: screens[0]?.start ?? screens[0]?.path });
  },
});
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  beforeLoad: () => {},
});

export const router = createRouter({
  routeTree: root.addChildren([home, signIn, ...screens.map(routeOf)]),
  defaultPreload: 'intent',
  scrollRestoration: false,
});
