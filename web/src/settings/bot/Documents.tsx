import { Button } from '@mantine/core';
import { FileText, Plus } from 'lucide-react';
import { useState } from 'react';
import { api, ask } from '@/api/client';
import { keys } from '@/api/keys';
import { usePages } from '@/api/pages';
import { useCan } from '@/api/session';
import type { BotDocument, Page as ListPage } from '@/api/types';
import { Loaded } from '@/parts/Loaded';
import { Blank } from '@/parts/States';
import { botWords } from '@/words/bot';
import { More } from '../More';
import { Lines, Part } from '../Page';
import rows from '../rows.module.css';
import styles from './bot.module.css';
import { EditDocument } from './EditDocument';

const say = botWords.documents;

/** What the bots may answer from. */
export function Documents() {
  const [open, setOpen] = useState<string>();
  const isAdmin = useCan('admin');
  const query = usePages<BotDocument>(
    keys.botDocuments,
    (cursor) => ask(api.GET('/api/bot/documents', { params: { query: { cursor } } })) as Promise<ListPage<BotDocument>>,
  );
  return (
    <Part title={say.title} text={say.text}>
      {isAdmin && (
        <div className={styles.head}>
          <Button variant="default" leftSection={<Plus size={14} aria-hidden />} onClick={() => setOpen('new')}>
            {say.add}
          </Button>
        </div>
      )}
      <div className={rows.frame}>
        <Loaded query={query}>
          {(documents) =>
            documents.length === 0 ? (
              <Blank icon={FileText} title={say.none} text={say.noneText} />
            ) : (
              <Lines label={say.title}>
                {documents.map((document) => (
                  <li key={document.id}>
                    <button type="button" className={rows.row} disabled={!isAdmin} onClick={() => setOpen(document.id)}>
                      <FileText size={16} aria-hidden />
                      <span className={rows.main}>
                        <b>{document.title}</b>
                        <span>{say.length(document.characters)}</span>
                      </span>
                    </button>
                  </li>
                ))}
              </Lines>
            )
          }
        </Loaded>
      </div>
      <More query={query} />
      {open && <EditDocument id={open === 'new' ? undefined : open} onClose={() => setOpen(undefined)} />}
    </Part>
  );
}
