import { Kbd } from '@mantine/core';
import { useEffect, useRef } from 'react';

// useKeys calls what belongs to a key pressed alone, outside of any field. It
// goes by the key's place, so that an input method in between does not matter.
export function useKeys(keys: Record<string, (() => void) | undefined>): void {
  const now = useRef(keys);
  now.current = keys;
  useEffect(() => {
    const pressed = (e: KeyboardEvent) => {
      if (e.ctrlKey || e.metaKey || e.altKey || e.repeat) return;
      const at = e.target as HTMLElement;
      if (at.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(at.tagName)) return;
      const run = now.current[e.code.replace(/^Key/, '')];
      if (!run) return;
      e.preventDefault();
      run();
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, []);
}

export function Key({ of }: { of: string }) {
  return <Kbd size="sm" aria-hidden className="key">{of}</Kbd>;
}
