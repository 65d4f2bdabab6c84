import { Button } from '@mantine/core';
import { MessageSquareQuote, Plus } from 'lucide-react';
import { useState } from 'react';
import { useCan } from '@/api/session';
import type { Template } from '@/api/types';
import { useOwnTemplates } from '@/inbox/quick/data';
import { Loaded } from '@/parts/Loaded';
import { Blank } from '@/parts/States';
import { words } from '@/words';
import { Lines, Page } from '../Page';
import rows from '../rows.module.css';
import { EditReply } from './EditReply';

const say = words.replies;

/** The team's own words. */
export default function RepliesSection() {
  const query = useOwnTemplates();
  const mayWrite = useCan('editor');
  const [edited, setEdited] = useState<Template | 'new'>();
  const add = mayWrite && (
    <Button leftSection={<Plus size={14} aria-hidden />} onClick={() => setEdited('new')}>
      {say.add}
    </Button>
  );
  return (
    <Page title={say.title} text={say.text} action={query.data && query.data.length > 0 && add}>
      <div className={rows.frame}>
        <Loaded query={query} lines={3}>
          {(all) =>
            all.length === 0 ? (
              <Blank icon={MessageSquareQuote} title={say.none} text={say.noneText}>
                {add}
              </Blank>
            ) : (
              <Lines label={say.title}>
                {[...all]
                  .sort((a, b) => a.name.localeCompare(b.name))
                  .map((template) => (
                    <li key={template.id} className={rows.row} data-quiet={!template.is_active || undefined}>
                      <div className={rows.main}>
                        <b dir="auto">
                          {template.name}
                          {template.shortcut && <span className={rows.tag}>/{template.shortcut}</span>}
                          {!template.is_active && <span className={rows.tag}>{say.off}</span>}
                        </b>
                        <span dir="auto">{(template.content as { body: string }).body}</span>
                      </div>
                      {mayWrite && (
                        <Button
                          variant="default"
                          aria-label={say.edit(template.name)}
                          onClick={() => setEdited(template)}
                        >
                          {words.scheduling.edit}
                        </Button>
                      )}
                    </li>
                  ))}
              </Lines>
            )
          }
        </Loaded>
      </div>
      {edited && <EditReply template={edited === 'new' ? undefined : edited} onClose={() => setEdited(undefined)} />}
    </Page>
  );
}
