import { useNavigate, useSearch } from '@tanstack/react-router';

/** What the address says beside the path, as texts; what is empty is not in it. */
export function useAddress() {
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  return {
    read: (name: string) => (search[name] === undefined ? '' : String(search[name])),
    write: (name: string, value: string) =>
      navigate({
        to: '.',
        search: ((before: Record<string, unknown>) => ({ ...before, [name]: value || undefined })) as never,
        replace: true,
      }),
  };
}
