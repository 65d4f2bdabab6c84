import { QueryClient } from '@tanstack/react-query';
import { Problem } from './problem';

/** Server state lives here and nowhere else. What is loaded stays right through the live stream, so nothing grows stale by age. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 30 * 60_000,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      networkMode: 'always',
      retry: (count, failure) => {
        const problem = Problem.of(failure);
        return problem.status !== 401 && problem.passes && count < 3;
      },
      retryDelay: (count) => Math.min(8000, 500 * 2 ** count) * (0.75 + Math.random() / 2),
    },
    mutations: { networkMode: 'always' },
  },
});
