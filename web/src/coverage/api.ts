import { Problem, type Client, type Params } from '../api/client';
import type { Page, RollupRow, Unmet } from '../api/types';
import { Limiter } from './limiter';
import { columns, heatRows, type Column, type HeatRow } from './table';
import type { CoverageAnswer, EvidenceVisit, Explanation, Forecast, Inspection, Missed, Pattern, Rollup, Series } from './types';

/** From where in time one looks, and at what period. */
export interface Sight { period: string; known?: string; asOf?: string }
/** A part of the district: the town or park that answers, in it a community, in it a grid. */
export interface Part { town?: string; community?: string; grid?: string }
export type By = 'town_level' | 'community' | 'grid';

/** The rows stay on the screen while others are asked for, so they say of what part they are. */
export interface Heat { by: By; part: Part; rows: HeatRow[]; totals: Partial<Record<Column, CoverageAnswer>>; policy: string; known: string | null; asOf: string }

/** The API's parameters of a question about a part, seen from somewhere in time. */
export const asks = (part: Part, sight: Sight): Params => ({ town_level: part.town, unit: part.community, grid: part.grid, period: sight.period, as_known_at: sight.known, as_of: sight.asOf });

/** Undefined instead of a refusal where the service has no such thing yet. */
async function ifThere<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (e) {
    if (e instanceof Problem && (e.status === 404 || e.status === 501)) return undefined;
    throw e;
  }
}

/** The resources of coverage. Every read says from where in time it looks. */
export class CoverageApi {
  private readonly queue = new Limiter(4);

  constructor(private readonly client: Client) {}

  whole(part: Part, sight: Sight, of: string, signal?: AbortSignal): Promise<CoverageAnswer> {
    return this.client.get('/api/coverage', { ...asks(part, sight), class: of }, signal);
  }
  rollup(by: By | 'class', part: Part, sight: Sight, of = '', signal?: AbortSignal): Promise<Rollup> {
    return this.client.get('/api/coverage/rollup', { ...asks(part, sight), by, class: of }, signal);
  }
  /** One of many: they wait for each other. */
  series(part: Part, sight: Sight, of: string, signal?: AbortSignal): Promise<Series> {
    return this.queue.run(() => this.client.get('/api/coverage/series', { ...asks(part, sight), class: of }, signal), signal);
  }

  /** The board: a row a unit, a column a class, and what they come to. */
  async heat(by: By, part: Part, sight: Sight, signal?: AbortSignal): Promise<Heat> {
    const of = (c: Column) => (c === 'all' ? '' : c);
    const [rollups, totals] = await Promise.all([
      Promise.all(columns.map((c) => this.rollup(by, part, sight, of(c), signal))),
      Promise.all(columns.map((c) => this.whole(part, sight, of(c), signal))),
    ]);
    const byColumn: Partial<Record<Column, readonly RollupRow[]>> = {};
    const sums: Heat['totals'] = {};
    columns.forEach((c, i) => {
      byColumn[c] = rollups[i]?.items ?? [];
      const total = totals[i];
      if (total) sums[c] = total;
    });
    const whole = sums.all;
    return { by, part, rows: heatRows(byColumn), totals: sums, policy: whole?.policy ?? '', known: whole?.as_known_at ?? null, asOf: whole?.as_of ?? '' };
  }

  obligations(part: Part, sight: Sight, more: Params, signal?: AbortSignal): Promise<Page<Unmet>> {
    return this.client.get('/api/coverage/places', { ...asks(part, sight), ...more }, signal);
  }
  next<T>(address: string, signal?: AbortSignal): Promise<Page<T>> {
    return this.client.get(address, {}, signal);
  }
  /** Every obligation in a state, over all pages. */
  async everyIn(state: string, part: Part, sight: Sight, signal?: AbortSignal): Promise<Unmet[]> {
    const out: Unmet[] = [];
    for (let page = await this.obligations(part, sight, { state, limit: 1000 }, signal); ; page = await this.next<Unmet>(page.next, signal)) {
      out.push(...page.items);
      if (!page.next) return out;
    }
  }

  explain(place: string, sight: Sight, signal?: AbortSignal): Promise<Explanation> {
    return this.client.get(`/api/coverage/places/${encodeURIComponent(place)}`, { period: sight.period, as_known_at: sight.known, as_of: sight.asOf }, signal);
  }

  /** unit: only its own row, with its band. */
  forecast(by: 'town_level' | 'community', of: string, unit: string, sight: Sight, signal?: AbortSignal): Promise<Forecast | undefined> {
    return ifThere(this.client.get('/api/coverage/forecast', { by, class: of, unit, period: sight.period, as_known_at: sight.known, as_of: sight.asOf }, signal));
  }
  missed(part: Part, of: string, sight: Sight, limit: number, signal?: AbortSignal): Promise<Page<Missed> | undefined> {
    return ifThere(this.client.get('/api/coverage/missed', { ...asks(part, sight), class: of, limit }, signal));
  }

  evidence(unit: string, sight: Sight, grade: string, limit: number, signal?: AbortSignal): Promise<Page<EvidenceVisit> | undefined> {
    return ifThere(this.client.get('/api/evidence', { unit, period: sight.period, as_known_at: sight.known, grade, limit }, signal));
  }
  patterns(unit: string, from: string, to: string, limit: number, signal?: AbortSignal): Promise<{ items: Pattern[] } | undefined> {
    return ifThere(this.client.get('/api/evidence/patterns', { unit, from, to, limit }, signal));
  }
  inspection(id: string, signal?: AbortSignal): Promise<Inspection> {
    return this.queue.run(() => this.client.get(`/api/inspections/${encodeURIComponent(id)}`, {}, signal), signal);
  }
  /** The id is made once for each word that is given, so that sending it again is the same. */
  async review(inspection: string, word: { id: string; accepted: boolean; reviewer: string; reason: string }): Promise<void> {
    await this.client.request(`/api/inspections/${encodeURIComponent(inspection)}/reviews`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(word) });
  }
}
