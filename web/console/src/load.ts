import { useCallback, useEffect, useState } from 'react';
import { Problem } from './api';
import { useSession } from './session';

export interface Loaded<T> {
  data: T | undefined;
  error: Problem | undefined;
  loading: boolean;
  again: () => void;
}

// useLoad runs a request when key changes and keeps the last answer on the
// screen until the next is there. A null key asks for nothing.
export function useLoad<T>(key: string | null, ask: (path: string) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ data?: T; error?: Problem; loading: boolean }>({ loading: key !== null });
  const [round, setRound] = useState(0);
  const { lose } = useSession();
  useEffect(() => {
    if (key === null) return;
    let current = true;
    setState((s) => ({ ...s, loading: true }));
    ask(key).then(
      (data) => current && setState({ data, loading: false }),
      (e: unknown) => {
        if (!current) return;
        const error = e instanceof Problem ? e : new Problem(0, String(e));
        if (error.status === 401) lose();
        setState((s) => ({ ...s, error, loading: false }));
      },
    );
    return () => { current = false; };
    // ask is a module's function in every use; key says all that changes.
  }, [key, round, lose]); // eslint-disable-line
  return { data: state.data, error: state.error, loading: state.loading, again: useCallback(() => setRound((r) => r + 1), []) };
}
