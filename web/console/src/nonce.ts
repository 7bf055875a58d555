// The server puts a fresh nonce into each page; styles made by scripts carry it.
export const nonce = (): string => document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
