import { Button } from '@mantine/core';
import { words } from '@/words';
import rows from './rows.module.css';

/** The way on in a long list. */
export function More({
  query,
}: {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
}) {
  if (!query.hasNextPage) return null;
  return (
    <div className={rows.more}>
      <Button variant="default" loading={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
        {words.showMore}
      </Button>
    </div>
  );
}
