import { address, type Client } from '../api/client';
import type { Page } from '../api/types';
import { serverEvents } from '../api/events';
import type { BalanceRequest, Block, Border, Collection, Comparison, Effect, Finding, Grids, Import, Job, Operation, Plan, Rebase, Step } from './types';

/** A write to a plan: its key is made once and sent again with every try. */
export interface Write { id: string; action: 'operations' | 'undo' | 'redo'; operations?: Operation[]; name?: string }
export interface Written { plan: Plan; operations?: Step[]; effect: Effect }

/** The resources of plans. Writes carry the version that they were made on. */
export class PlansApi {
  constructor(private readonly client: Client) {}

  private path(id: string, rest = ''): string {
    return `/api/plans/${encodeURIComponent(id)}${rest && `/${rest}`}`;
  }

  private async send<T>(method: string, path: string, body: unknown, version?: number, signal?: AbortSignal): Promise<T> {
    const headers: Record<string, string> = { 'Content-Type': 'application/json' };
    if (version !== undefined) headers['If-Match'] = `"${version}"`;
    const response = await this.client.request(path, { method, headers, body: JSON.stringify(body), ...(signal ? { signal } : {}) });
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  /** Every plan of a town, over all pages. */
  async list(town: string): Promise<Plan[]> {
    const items: Plan[] = [];
    for (let next: string | null = address('/api/plans', { town, limit: 100 }); next;) {
      const page: Page<Plan> = await this.client.get<Page<Plan>>(next);
      items.push(...page.items);
      next = page.next;
    }
    return items;
  }
  get(id: string): Promise<Plan> { return this.client.get<Plan>(this.path(id)); }
  grids(id: string): Promise<Grids> { return this.client.get<Grids>(this.path(id, 'grids')); }
  borders(id: string): Promise<Collection<Border>> { return this.client.get(this.path(id, 'borders')); }
  blocks(id: string, community: string): Promise<Collection<Block>> { return this.client.get(this.path(id, 'blocks'), { community }); }
  steps(id: string): Promise<Step[]> { return this.client.list<Step>(this.path(id, 'operations')); }
  problems(id: string): Promise<Finding[]> { return this.client.list<Finding>(this.path(id, 'problems')); }
  compare(id: string, other: string | undefined): Promise<Comparison> { return this.client.get(this.path(id, 'compare'), { with: other }); }

  start(town: string, name: string): Promise<Plan> { return this.send('POST', '/api/plans', { id: crypto.randomUUID(), town, name }); }
  rename(plan: Plan, name: string): Promise<Plan> { return this.send('PATCH', this.path(plan.id), { id: crypto.randomUUID(), name }, plan.version); }
  async discard(plan: Plan): Promise<void> { await this.client.request(this.path(plan.id), { method: 'DELETE', headers: { 'If-Match': `"${plan.version}"` } }); }

  preview(id: string, operation: Operation, signal: AbortSignal): Promise<Effect> { return this.send('POST', this.path(id, 'preview'), { operation }, undefined, signal); }
  write(plan: string, version: number, { id, action, ...rest }: Write): Promise<Written> { return this.send('POST', this.path(plan, action), { id, ...rest }, version); }

  move(plan: Plan, action: 'propose' | 'return' | 'publish' | 'withdraw', more: Record<string, string>): Promise<Plan> {
    return this.send('POST', this.path(plan.id, action), { id: crypto.randomUUID(), ...more }, plan.version);
  }
  rebase(plan: Plan, decisions: Record<string, 'drop' | 'keep'>): Promise<Rebase> {
    return this.send('POST', this.path(plan.id, 'rebase'), { id: crypto.randomUUID(), decisions }, plan.version);
  }

  balance(plan: Plan, request: BalanceRequest): Promise<Job> {
    return this.send('POST', this.path(plan.id, 'balance'), { id: crypto.randomUUID(), ...request }, plan.version);
  }
  /** Tells of a job's progress until it ends; a broken stream falls back to asking. */
  async follow(id: string, progress: (job: Job) => void, signal: AbortSignal): Promise<Job> {
    try {
      const response = await this.client.request(`/api/jobs/${id}/events`, { headers: { Accept: 'text/event-stream' }, signal });
      for await (const e of serverEvents(response.body ?? new ReadableStream())) {
        const job = JSON.parse(e.data) as Job;
        progress(job);
        if (e.event === 'done') return job;
      }
    } catch (e) {
      if (signal.aborted) throw e;
    }
    for (;;) {
      const job = await this.client.get<Job>(`/api/jobs/${id}`, {}, signal);
      progress(job);
      if (job.state !== 'running') return job;
      await new Promise((later) => setTimeout(later, 1000));
    }
  }
  async cancel(id: string): Promise<void> { await this.client.request(`/api/jobs/${id}`, { method: 'DELETE' }); }

  async notice(id: string, community: string): Promise<Blob> {
    return (await this.client.request(address(this.path(id, 'notice'), { community }), { headers: { Accept: 'text/html' } })).blob();
  }
  async export(id: string, format: 'geojson' | 'gpkg'): Promise<Blob> {
    return (await this.client.request(address(this.path(id, 'export'), { format }), { headers: { Accept: '*/*' } })).blob();
  }
  async import(id: string, file: Blob, format: string, crs: string): Promise<Import> {
    const response = await this.client.request(address(this.path(id, 'import'), { crs, format }), { method: 'POST', body: file, headers: { 'Content-Type': 'application/octet-stream' } });
    return (await response.json()) as Import;
  }
}
