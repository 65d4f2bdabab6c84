import { TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { Loaded } from '@/parts/Loaded';
import { dataWords as say } from '@/words/data';
import { Lines, Page } from '../Page';
import rows from '../rows.module.css';
import { useTables } from './data';
import styles from './data.module.css';
import { TablePage } from './TablePage';

/** What is stored, table by table. */
export default function DataSection({ item }: { item?: string }) {
  const tables = useTables();
  const [wanted, setWanted] = useState('');
  if (item !== undefined)
    return <Loaded query={tables}>{(all) => <TablePage key={item} name={item} tables={all} />}</Loaded>;
  return (
    <Page title={say.title} text={say.text}>
      <TextInput
        className={styles.find}
        aria-label={say.find}
        placeholder={say.find}
        value={wanted}
        onChange={(event) => setWanted(event.currentTarget.value)}
      />
      <Loaded query={tables} lines={10}>
        {(all) => {
          const found = all.filter((table) => table.name.includes(wanted.trim().toLowerCase().replaceAll(' ', '_')));
          return found.length === 0 ? (
            <p>{say.noTable}</p>
          ) : (
            <Lines label={say.tables}>
              {found.map((table) => (
                <li key={table.name}>
                  <Link to={`/settings/data/${table.name}`} className={rows.row}>
                    <div className={rows.main}>
                      <b>{table.name}</b>
                      <span>{say.columns(table.columns.length)}</span>
                    </div>
                    <ChevronRight size={16} className={rows.into} aria-hidden />
                  </Link>
                </li>
              ))}
            </Lines>
          );
        }}
      </Loaded>
    </Page>
  );
}
