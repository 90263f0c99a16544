import type { Page } from './types';

/** A problem as the service words it (RFC 9457). */
export class Problem extends Error {
  constructor(readonly status: number, readonly title: string, readonly detail: string) {
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

export class Client {
  constructor(readonly token: string) {}

  async get<T>(path: string, params: Params = {}, signal?: AbortSignal): Promise<T> {
    const response = await fetch(address(path, params), {
      headers: { Authorization: `Bearer ${this.token}`, Accept: 'application/json' },
      ...(signal ? { signal } : {}),
    });
    if (response.ok) return (await response.json()) as T;
    const problem = (await response.json().catch(() => ({}))) as { title?: string; detail?: string };
    throw new Problem(response.status, problem.title ?? response.statusText, problem.detail ?? '');
  }

  async list<T>(path: string, params: Params = {}): Promise<T[]> {
    return (await this.get<Page<T>>(path, params)).items;
  }
}
