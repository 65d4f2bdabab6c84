import { contactWords } from '@/words/contacts';
import styles from './Contacts.module.css';

const say = contactWords.imports;

/** A contact as a row of the file would become it. */
export interface Previewed extends Record<string, unknown> {
  metadata: Record<string, unknown>;
  social_handles: Record<string, unknown>;
}

/** What becomes of the first rows. */
export function Preview({ contacts }: { contacts: Previewed[] }) {
  if (contacts.length === 0) return null;
  const shown = contacts
    .slice(0, 5)
    .map(({ metadata, social_handles, ...plain }) =>
      Object.fromEntries(
        [
          ...Object.entries(plain).map(([name, value]) => [say.fields[name] ?? name, value]),
          ...Object.entries(social_handles).map(([name, value]) => [say.fields[name] ?? name, value]),
          ...Object.entries(metadata),
        ].filter(([, value]) => value !== null && value !== undefined),
      ),
    );
  const columns = [...new Set(shown.flatMap((contact) => Object.keys(contact)))];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
    <section className={styles.sideways} aria-label={say.preview} tabIndex={0}>
      <table className={styles.mapping}>
        <caption>{say.preview}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col" dir="auto">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((contact, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
            <tr key={index}>
              {columns.map((column) => (
                <td key={column} dir="auto">
                  {typeof contact[column] === 'object'
                    ? JSON.stringify(contact[column])
                    : String(contact[column] ?? '')}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
