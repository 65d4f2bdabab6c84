import { Link, useSearch } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Contact as ContactIcon, SearchX } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Avatar } from '@/parts/Avatar';
import { ChannelMark } from '@/parts/ChannelMark';
import { Bones, Loaded } from '@/parts/Loaded';
import { Moment } from '@/parts/Moment';
import { Standing } from '@/parts/Standing';
import { Blank } from '@/parts/States';
import { contactWords as say } from '@/words/contacts';
import styles from './Contacts.module.css';
import { type Filter, nameOf, useContacts } from './data';

const ROW = 52;
const AHEAD = 20;

/** Contacts, the newest first: only the rows in sight exist. */
export function ContactList({ filter, open }: { filter: Filter; open?: string }) {
  const query = useContacts(filter);
  const search = useSearch({ strict: false });
  const scroller = useRef<HTMLDivElement>(null);
  const items = query.data ?? [];
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    getItemKey: (index) => items[index]?.id ?? index,
    overscan: 8,
  });
  const last = rows.getVirtualItems().at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && last > items.length - AHEAD) void fetchNextPage();
  }, [last, items.length, hasNextPage, isFetchingNextPage, fetchNextPage]);
  const isFiltered = Object.values(filter).some((value) => value !== '');
  return (
    <div className={styles.scroll} ref={scroller} aria-busy={query.isFetching}>
      <Loaded query={query} lines={8}>
        {(contacts) =>
          contacts.length === 0 ? (
            hasNextPage ? (
              <Bones lines={8} />
            ) : isFiltered ? (
              <Blank icon={SearchX} title={say.noneFound} text={say.noneFoundText} />
            ) : (
              <Blank icon={ContactIcon} title={say.none} text={say.noneText} />
            )
          ) : (
            <ul className={styles.rows} style={{ height: rows.getTotalSize() }} aria-label={say.list} data-contacts>
              {rows.getVirtualItems().map((row) => {
                const contact = contacts[row.index];
                return (
                  contact && (
                    <li key={row.key} className={styles.row} style={{ transform: `translateY(${row.start}px)` }}>
                      <Link
                        to={`/contacts/${contact.id}`}
                        search={search as never}
                        preload={false}
                        aria-current={contact.id === open || undefined}
                      >
                        <Avatar name={nameOf(contact)} seed={contact.id} size={32} />
                        <b dir="auto">{nameOf(contact) || say.nameless}</b>
                        <span className={styles.marks}>
                          {[...new Set(contact.identities.map((one) => one.channel))].map((channel) => (
                            <ChannelMark key={channel} channel={channel} />
                          ))}
                        </span>
                        <span className={styles.reach} data-wide>
                          {[contact.phone, contact.email].filter(Boolean).join(' · ')}
                        </span>
                        {contact.status !== 'active' && (
                          <Standing tone={contact.status === 'blocked' ? 'bad' : 'quiet'}>
                            {say.sentence.statuses[contact.status]}
                          </Standing>
                        )}
                        <Moment at={contact.created_at} className={styles.since} />
                      </Link>
                    </li>
                  )
                );
              })}
            </ul>
          )
        }
      </Loaded>
    </div>
  );
}
