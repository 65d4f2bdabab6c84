import { Link } from '@tanstack/react-router';
import { SearchX, Table2, X } from 'lucide-react';
import { useAddress } from '@/app/search';
import { Loaded } from '@/parts/Loaded';
import { Blank } from '@/parts/States';
import { dataWords as say } from '@/words/data';
import { More } from '../More';
import { Page } from '../Page';
import { AddFilter } from './AddFilter';
import { filterName, type Row, readFilters, shortId, type Table, useRows, writeFilters } from './data';
import styles from './data.module.css';

/** The rows of a table; an id that names a row of another one leads there. */
export function TablePage({ name, tables }: { name: string; tables: Table[] }) {
  const table = tables.find((one) => one.name === name);
  const back = { to: '/settings/data', name: say.title };
  if (!table)
    return (
      <Page title={name} back={back}>
        <Blank icon={SearchX} title={say.noTable} />
      </Page>
    );
  return (
    <Page title={table.name} back={back}>
      <Rows table={table} />
    </Page>
  );
}

function Rows({ table }: { table: Table }) {
  const address = useAddress();
  const filters = readFilters(address.read('filter'));
  const query = useRows(table.name, filters);
  const shown = table.columns.filter((column) => !column.is_hidden);
  const hidden = table.columns.filter((column) => column.is_hidden).map((column) => column.name);
  const idAt = shown.findIndex((column) => column.name === 'id');
  const set = (next: string[]) => address.write('filter', writeFilters(next));
  const only = query.data?.length === 1 && idAt >= 0 ? query.data[0]?.[idAt] : undefined;
  return (
    <>
      <AddFilter columns={shown} onAdd={(filter) => set([...filters, filter])} />
      {filters.length > 0 && (
        <ul className={styles.filters} aria-label={say.filters}>
          {filters.map((filter) => (
            <li key={filter}>
              {filterName(filter)}
              <button
                type="button"
                aria-label={say.remove(filterName(filter))}
                onClick={() => set(filters.filter((one) => one !== filter))}
              >
                <X size={14} aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      )}
      <Loaded query={query} lines={8}>
        {(rows) =>
          rows.length === 0 ? (
            <Blank
              icon={filters.length > 0 ? SearchX : Table2}
              title={filters.length > 0 ? say.noneFound : say.none}
              text={filters.length > 0 ? say.noneFoundText : say.noneText}
            />
          ) : (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
            <section className={styles.scroll} data-wide-page aria-label={table.name} tabIndex={0}>
              <table className={styles.table}>
                <thead>
                  <tr>
                    {shown.map((column) => (
                      <th key={column.name} scope="col" title={column.type}>
                        {column.name}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {rows.map((row, at) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: a row has no name of its own, and none moves
                    <tr key={at}>
                      {shown.map((column, cell) => (
                        <td key={column.name}>
                          <Value value={row[cell]} column={column} table={table.name} />
                        </td>
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          )
        }
      </Loaded>
      <More query={query} />
      {only && table.referenced_by.length > 0 && (
        <nav className={styles.named} aria-label={say.from}>
          <h2>{say.from}</h2>
          {table.referenced_by.map((one) => (
            <Link
              key={`${one.table}.${one.column}`}
              to={`/settings/data/${one.table}`}
              search={{ filter: `${one.column}.eq.${only}` } as never}
            >
              {say.fromOne(one.table, one.column)}
            </Link>
          ))}
        </nav>
      )}
      {hidden.length > 0 && <p className={styles.hidden}>{say.hidden(hidden.join(', '))}</p>}
    </>
  );
}

function Value({
  value,
  column,
  table,
}: {
  value: Row[number] | undefined;
  column: Table['columns'][number];
  table: string;
}) {
  if (value === null || value === undefined) return <i>{say.empty}</i>;
  const leads = column.references ?? (column.name === 'id' ? { table, column: 'id' } : null);
  const short = column.type === 'uuid' ? shortId(value) : value;
  if (!leads) return <span title={value}>{short}</span>;
  return (
    <Link
      to={`/settings/data/${leads.table}`}
      search={{ filter: `${leads.column}.eq.${value}` } as never}
      title={say.follow(leads.table, value)}
    >
      {short}
    </Link>
  );
}
