import { Lock } from 'lucide-react';
import type { ReactNode } from 'react';
import { Problem } from '@/api/problem';
import { words } from '@/words';
import styles from './Loaded.module.css';
import { Blank, Failed, Missing } from './States';

interface Read<T> {
  data: T | undefined;
  error: unknown;
  isPending: boolean;
  refetch: () => unknown;
}

/** What a query brought; until then lines of the final size, and words when it brought nothing. */
export function Loaded<T>({
  query,
  lines = 4,
  onBack,
  children,
}: {
  query: Read<T>;
  lines?: number;
  /** The way back from something that does not exist. */
  onBack?: () => void;
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.isPending && !query.error) return <Bones lines={lines} />;
  const problem = Problem.of(query.error);
  if (problem.status === 404 && onBack) return <Missing problem={problem} onBack={onBack} />;
  return problem.status === 403 ? <NoAccess /> : <Failed problem={problem} onAgain={() => query.refetch()} />;
}

/** What somebody's role does not show. */
export function NoAccess() {
  return <Blank icon={Lock} title={words.problems.noAccess.title} text={words.problems.noAccess.text} />;
}

/** The place of lines that are on their way. */
export function Bones({ lines }: { lines: number }) {
  return (
    <div className={styles.bones} role="status" aria-label={words.loading}>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <div key={line}>
          <i />
          <i />
        </div>
      ))}
    </div>
  );
}
