import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { ArrowRight, Search, SearchX, TriangleAlert } from 'lucide-react';
import { useRef } from 'react';
import { useActions } from '@/app/actions';
import { useAddress } from '@/app/search';
import { Loaded } from '@/parts/Loaded';
import { Blank } from '@/parts/States';
import { More } from '@/settings/More';
import { words } from '@/words';
import { searchWords as say } from '@/words/search';
import { type Filter, isType, type Sections, types, useEverything, useSection } from './data';
import { Field } from './Field';
import { Filters } from './Filters';
import { move, Results } from './Results';
import styles from './Search.module.css';

const FEW = 4;

/** Everything that was said, and with whom, by its words. The address holds the question. */
export default function SearchScreen() {
  const address = useAddress();
  const navigate = useNavigate();
  const field = useRef<HTMLInputElement>(null);
  const filter: Filter = {
    q: address.read('q').trim(),
    channel: address.read('channel'),
    integration: address.read('integration'),
    contact: address.read('contact'),
    time: address.read('time'),
  };
  const named = address.read('type');
  const type = isType(named) ? named : undefined;
  const everything = useEverything(filter, type === undefined);
  const section = useSection(type, filter);
  const query = type ? section : everything;
  const isFiltered = Object.entries(filter).some(([name, value]) => name !== 'q' && value !== '') || type !== undefined;

  useActions([
    {
      id: 'search:field',
      name: say.placeholder,
      group: 'list',
      keys: '/',
      isMove: true,
      run: () => {
        field.current?.focus();
        field.current?.select();
      },
    },
    {
      id: 'search:next',
      name: say.next,
      group: 'list',
      keys: 'j',
      also: ['ArrowDown'],
      isMove: true,
      run: () => move(1, null),
    },
    {
      id: 'search:previous',
      name: say.previous,
      group: 'list',
      keys: 'k',
      also: ['ArrowUp'],
      isMove: true,
      run: () => move(-1, field.current),
    },
  ]);

  const nothing = (
    <Blank
      icon={SearchX}
      title={say.none(filter.q)}
      text={isFiltered ? `${say.noneText} ${say.noneFiltered}` : say.noneText}
    >
      {isFiltered && (
        <Button variant="default" onClick={() => navigate({ to: '/search', search: { q: filter.q } as never })}>
          {say.everywhere}
        </Button>
      )}
    </Blank>
  );
  return (
    <main className={styles.screen} aria-busy={query.isFetching}>
      <header className={styles.head}>
        <h1 className="hidden-words">{words.screens.search}</h1>
        <Field
          ref={field}
          value={address.read('q')}
          onChange={(text) => address.write('q', text)}
          onDown={() => move(1, null)}
        />
        <Filters filter={filter} type={type} />
      </header>
      <div className={styles.column}>
        {filter.q === '' ? (
          <Blank icon={Search} title={say.start} text={say.startText} />
        ) : query.error?.status === 400 ? (
          <Blank icon={TriangleAlert} title={say.refused} text={query.error.message} />
        ) : type ? (
          <Loaded query={section} lines={8}>
            {(items) =>
              items.length === 0 ? (
                nothing
              ) : (
                <>
                  <Results type={type} items={items as Sections[typeof type]} />
                  <More query={section} />
                  {!section.hasNextPage && <p className={styles.end}>{say.end}</p>}
                </>
              )
            }
          </Loaded>
        ) : (
          <Loaded query={everything} lines={8}>
            {(found) =>
              types.every((one) => found[one].items.length === 0)
                ? nothing
                : types.map((one) => {
                    const items = found[one].items.slice(0, one === 'messages' ? undefined : FEW);
                    const isMore = found[one].next_cursor !== null || items.length < found[one].items.length;
                    return (
                      items.length > 0 && (
                        <section key={one} className={styles.section} aria-label={say.sections[one]}>
                          <h2>{say.sections[one]}</h2>
                          <Results type={one} items={items as Sections[typeof one]} />
                          {isMore && (
                            <button type="button" className={styles.all} onClick={() => address.write('type', one)}>
                              {say.all[one]}
                              <ArrowRight size={14} aria-hidden />
                            </button>
                          )}
                        </section>
                      )
                    );
                  })
            }
          </Loaded>
        )}
      </div>
    </main>
  );
}
