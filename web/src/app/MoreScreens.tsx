import { Menu } from '@mantine/core';
import { Link, useLocation } from '@tanstack/react-router';
import { Ellipsis } from 'lucide-react';
import { words } from '@/words';
import type { Screen } from './screens';

/** The screens that a phone's rail has no room for. */
export function MoreScreens({ screens, className }: { screens: Screen[]; className: string | undefined }) {
  const { pathname } = useLocation();
  const isHere = ({ path }: Screen) => pathname.startsWith(path);
  return (
    <Menu position="top" width={220}>
      <Menu.Target>
        <button
          type="button"
          className={className}
          aria-label={words.shell.moreScreens}
          aria-current={screens.some(isHere) ? 'page' : undefined}
        >
          <Ellipsis size={20} strokeWidth={1.75} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {screens.map((screen) => (
          <Menu.Item
            key={screen.path}
            component={Link}
            to={screen.start ?? screen.path}
            leftSection={<screen.icon size={17} strokeWidth={1.75} aria-hidden />}
            aria-current={isHere(screen) ? 'page' : undefined}
          >
            {screen.name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
