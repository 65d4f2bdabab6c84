import { useMediaQuery } from '@mantine/hooks';
import { MessagesSquare } from 'lucide-react';
import { Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { Problem } from '@/api/problem';
import { useCan } from '@/api/session';
import { storage } from '@/api/storage';
import { Blank } from '@/parts/States';
import { Welcome } from '@/welcome/Welcome';
import { words } from '@/words';
import styles from './InboxScreen.module.css';
import { ConversationList } from './list/ConversationList';
import { useSelection } from './list/selection';
import { useKept } from './list/useKept';
import { Views } from './list/Views';
import { usePlace } from './place';
import { useLookAt } from './presence/data';
import { Splitter } from './Splitter';
import { useConversation, useConversations, useIntegrations } from './state/lists';
import { ContactPanel, loadConversation, ThreadPane } from './thread/load';
import { useInboxKeys } from './useInboxKeys';

/** How long after the first picture the code for a conversation is fetched, where the pointer was not quicker. */
const AFTER_THE_LIST = 2000;

/** The inbox: views, conversations, what is said in one, and with whom. */
export default function InboxScreen() {
  const place = usePlace();
  const { view, integration, team, label, conversation: open, go } = place;
  const filter = useMemo(() => ({ view, integration, team, label }), [view, integration, team, label]);
  const list = useConversations(filter);
  const loaded = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const { data: known, error, refetch } = useConversation(open);
  // Somebody else's by now, or removed: what was known of it is not shown any more.
  const conversation = error && !Problem.of(error).passes ? undefined : known;
  const { data: integrations } = useIntegrations();
  const items = useKept(loaded, open ? conversation : undefined, view === 'unread');
  const canWrite = useCan('editor');
  useLookAt(open ? conversation?.contact_id : undefined);
  // Where the panel lies over the conversation, it comes only when it is asked for.
  const isWide = useMediaQuery('(min-width: 1401px)', undefined, { getInitialValueInEffect: false });
  const [panelIsWanted, setPanelWanted] = useState(() => storage.read('panel', true));
  const [overlayOf, setOverlayOf] = useState<string>();
  const panelIsOpen = isWide ? panelIsWanted : overlayOf === open && open !== undefined;
  const root = useRef<HTMLElement>(null);
  useEffect(() => {
    const later = setTimeout(loadConversation, AFTER_THE_LIST);
    return () => clearTimeout(later);
  }, []);

  const togglePanel = () => {
    if (!isWide) return setOverlayOf(panelIsOpen ? undefined : open);
    storage.write('panel', !panelIsOpen);
    setPanelWanted(!panelIsOpen);
  };
  const order = useMemo(() => items.map((item) => item.id), [items]);
  const selection = useSelection(order, open);
  useInboxKeys({ place, items, conversation, canWrite, togglePanel, isCovered: !isWide && panelIsOpen, selection });
  if (integrations?.length === 0 && items.length === 0 && !open) return <Welcome />;
  return (
    <main className={styles.inbox} ref={root} data-open-conversation={open}>
      <h1 className="hidden-words">{words.inbox.heading(words.inbox.views[view])}</h1>
      <Views place={place} />
      <section className={styles.list} aria-label={words.inbox.list} onPointerEnter={loadConversation}>
        <ConversationList
          key={`${view} ${integration ?? ''} ${team ?? ''} ${label ?? ''}`}
          place={place}
          list={list}
          items={items}
          canWrite={canWrite}
          selection={selection}
        />
      </section>
      <Splitter root={root} name="list" label={words.inbox.resizeList} least={280} most={560} start={360} />
      <section className={styles.thread} aria-label={words.inbox.conversation}>
        {open ? (
          <Suspense key={open}>
            <ThreadPane
              key={open}
              conversation={conversation}
              problem={error}
              onAgain={refetch}
              message={place.message}
              canWrite={canWrite}
              panelIsOpen={panelIsOpen}
              onPanel={togglePanel}
              onBack={() => go({ conversation: undefined })}
              // Back leads to where one was before a jump.
              onMessage={(message) => go({ message }, { replace: message === undefined })}
            />
          </Suspense>
        ) : (
          <Blank icon={MessagesSquare} title={words.inbox.nothingOpen} text={words.inbox.nothingOpenText} />
        )}
      </section>
      {open && panelIsOpen && (
        <>
          <Splitter
            root={root}
            name="contact"
            label={words.inbox.resizeContact}
            least={260}
            most={440}
            start={320}
            isRight
          />
          <Suspense>
            {conversation && <ContactPanel conversation={conversation} canWrite={canWrite} onClose={togglePanel} />}
          </Suspense>
        </>
      )}
    </main>
  );
}
