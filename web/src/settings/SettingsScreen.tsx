import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { ChevronRight } from 'lucide-react';
import { Suspense } from 'react';
import { includes, useMe } from '@/api/session';
import { useActions } from '@/app/actions';
import { Nowhere } from '@/app/Lost';
import { Bones, NoAccess } from '@/parts/Loaded';
import { words } from '@/words';
import { settingsWords } from '@/words/settings';
import styles from './SettingsScreen.module.css';
import { sections } from './sections';

const groups = ['you', 'organisation'] as const;

/** The list of sections and one of them; a phone shows one or the other. */
export default function SettingsScreen() {
  const { section: chosen, item } = useParams({ strict: false }) as { section?: string; item?: string };
  const navigate = useNavigate();
  const { data: me } = useMe();
  const mine = sections.filter((section) => me && includes(me.role, section.role));
  const current = sections.find((section) => section.path === (chosen ?? sections[0]?.path));

  useActions(
    mine.map((section) => ({
      id: `settings:${section.path}`,
      name: `${words.screens.settings}: ${section.name}`,
      group: 'go' as const,
      run: () => navigate({ to: `/settings/${section.path}` }),
    })),
  );

  return (
    <main className={styles.screen} data-open={chosen !== undefined || undefined}>
      <nav className={styles.list} aria-label={words.screens.settings}>
        <h1>{words.screens.settings}</h1>
        {groups.map((group) => (
          <section key={group}>
            <h2>{settingsWords.groups[group]}</h2>
            <ul>
              {mine
                .filter((section) => section.group === group)
                .map((section) => (
                  <li key={section.path}>
                    <Link
                      to={`/settings/${section.path}`}
                      className={styles.place}
                      aria-current={section === current ? 'page' : undefined}
                    >
                      <section.icon size={16} strokeWidth={1.75} aria-hidden />
                      <span>{section.name}</span>
                      <ChevronRight className={styles.into} size={16} aria-hidden />
                    </Link>
                  </li>
                ))}
            </ul>
          </section>
        ))}
      </nav>
      <div className={styles.page} key={current?.path}>
        <div className={styles.column}>
          {current === undefined ? (
            <Nowhere isPage={false} />
          ) : mine.includes(current) ? (
            <Suspense fallback={<Bones lines={5} />}>
              <current.Page item={item} />
            </Suspense>
          ) : (
            <NoAccess />
          )}
        </div>
      </div>
    </main>
  );
}
