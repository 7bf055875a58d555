import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { del, get, post, Problem } from './api';
import type { Me } from './types';

interface Session {
  me: Me | null | undefined; // undefined: not known yet
  expired: boolean; // was signed in, is no more
  failed: boolean; // the gateway did not answer
  signIn: (name: string, password: string) => Promise<void>;
  signOut: () => Promise<void>;
  lose: () => void;
  may: (what: string) => boolean;
}

const Context = createContext<Session | null>(null);

export function useSession(): Session {
  const s = useContext(Context);
  if (!s) throw new Error('no session around this page');
  return s;
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const [me, setMe] = useState<Me | null | undefined>();
  const [expired, setExpired] = useState(false);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = () => {
      get<Me>('/api/me').then(
        (m) => { setMe(m); setFailed(false); },
        (e: unknown) => {
          if (e instanceof Problem && e.status === 401) { setMe(null); setFailed(false); return; }
          setFailed(true);
          timer = setTimeout(ask, 3000);
        },
      );
    };
    ask();
    return () => clearTimeout(timer);
  }, []);
  const signIn = useCallback(async (name: string, password: string) => {
    setMe(await post<Me>('/api/session', { name, password }));
    setExpired(false);
  }, []);
  const signOut = useCallback(async () => {
    await del('/api/session');
    setMe(null);
  }, []);
  const lose = useCallback(() => { setMe(null); setExpired(true); }, []);
  const value = useMemo<Session>(
    () => ({ me, expired, failed, signIn, signOut, lose, may: (what) => me?.permissions.includes(what) ?? false }),
    [me, expired, failed, signIn, signOut, lose],
  );
  return <Context value={value}>{children}</Context>;
}
