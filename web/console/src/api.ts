// Requests to the gateway. An error carries the gateway's own words, which say
// what happened and how to mend it.

export class Problem extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

interface ProblemDoc {
  detail?: string;
  title?: string;
  errors?: { message?: string }[];
}

export async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  let res: Response;
  try {
    res = await fetch(path, {
      method,
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    });
  } catch {
    throw new Problem(0, 'offline'); // the pages say it in the reader's language
  }
  if (res.ok) return (res.status === 204 ? undefined : await res.json()) as T;
  let doc: ProblemDoc = {};
  try {
    doc = (await res.json()) as ProblemDoc;
  } catch {
    // not the gateway's answer; the status must do
  }
  const more = doc.errors?.map((e) => e.message).filter(Boolean).join('; ');
  throw new Problem(res.status, [doc.detail ?? doc.title ?? `HTTP ${res.status}`, more].filter(Boolean).join(': '));
}

export const get = <T>(path: string) => request<T>('GET', path);
export const post = <T>(path: string, body: unknown = {}) => request<T>('POST', path, body);
export const put = <T>(path: string, body: unknown) => request<T>('PUT', path, body);
export const del = (path: string) => request<void>('DELETE', path);

export const callPath = (id: string, rest = '') => `/api/calls/${encodeURIComponent(id)}${rest}`;
