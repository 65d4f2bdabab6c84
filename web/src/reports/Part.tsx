import { Button } from '@mantine/core';
import { ChartColumn, Table2 } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import { reportWords as say } from '@/words/reports';
import styles from './Reports.module.css';

/** A chart that is also a table: the same numbers, to be read aloud and copied. */
export function Part({ title, chart, table }: { title: string; chart?: ReactNode; table: ReactNode }) {
  const [isTable, setIsTable] = useState(chart === undefined);
  const id = useId();
  return (
    <section className={styles.part} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {chart !== undefined && (
          <Button
            variant="subtle"
            size="compact-sm"
            aria-pressed={isTable}
            aria-label={say.asTable(title)}
            leftSection={isTable ? <ChartColumn size={14} aria-hidden /> : <Table2 size={14} aria-hidden />}
            onClick={() => setIsTable(!isTable)}
          >
            {isTable ? say.chart : say.table}
          </Button>
        )}
      </header>
      {isTable ? <div className={styles.frame}>{table}</div> : chart}
    </section>
  );
}

/** The first cell of each line names it; the others are numbers. */
export function Numbers({ label, head, lines }: { label: string; head: string[]; lines: string[][] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
    <section className={styles.scroll} aria-label={label} tabIndex={0}>
      <table className={styles.table}>
        <thead>
          <tr>
            {head.map((name, at) => (
              <th key={name} scope="col" data-number={at > 0 || undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map((line, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two lines may be named alike
            <tr key={at}>
              <th scope="row">{line[0]}</th>
              {line.slice(1).map((value, cell) => (
                <td key={head[cell + 1]} data-number>
                  {value}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
