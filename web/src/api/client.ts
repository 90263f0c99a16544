import type { Page } from './types';

/** A problem as the service words it (RFC 9457). */
export class Problem extends Error {
  constructor(readonly status: number, readonly title: string, readonly detail: string, readonly more: Record<string, unknown> = {}) {
    super(detail ? `${title}: ${detail}` : title);
  }
}

export type Params = Record<string, string | number | undefined>;

/** The address of a resource with the parameters that have a value. */
export function address(path: string, params: Params = {}): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) if (value !== undefined && value !== '') query.set(key, String(value));
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

/** What a refused request says. */
export async function problemOf(response: Response): Promise<Problem> {
  const problem = (await response.json().catch(() => ({}))) as { title?: string; detail?: string; errors?: string[] };
  const detail = [problem.detail, ...(problem.errors ?? [])].filter(Boolean).join('; ');
  return new Problem(response.status, problem.title ?? response.statusText, detail, problem);
}

export class Client {
  constructor(readonly token: string) {}

  /** Any request with the token in its header; what is not ok is thrown as a Problem. */
  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('Authorization', `Bearer ${this.token}`);
    if (!headers.has('Accept')) headers.set('Accept', 'application/json');
    const response = await fetch(path, { ...init, headers });
    if (response.ok) return response;
    throw await problemOf(response);
  }

  async get<T>(path: string, params: Params = {}, signal?: AbortSignal): Promise<T> {
    return (await (await this.request(address(path, params), signal ? { signal } : {})).json()) as T;
  }

  async list<T>(path: string, params: Params = {}): Promise<T[]> {
    return (await this.get<Page<T>>(path, params)).items;
  }
}
