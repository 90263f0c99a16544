import type { Figures, State, Unmet } from '../api/types';
import { due } from '../lib/figures';
import type { By, CoverageApi, Part, Sight } from './api';
import { rowPart } from './part';
import { addDays, endOf, monthOf } from './period';
import { compareShares } from './table';
import type { CoverageAnswer, Forecast, Series } from './types';

export type Class = '1' | '2' | '3';
export const classes: readonly Class[] = ['1', '2', '3'];

/** A unit's figures of one class; metToday where that was asked for. */
export interface Line { class: Class; figures: Figures; metToday: number | null }
export interface Group { key: string; name: string; lines: Line[] }

/** Rollups of the three classes turned into a group a unit, by code. */
export function groups(by: Record<Class, readonly (Figures & { key: string; name: string })[]>, metToday: (key: string, of: Class) => number | null = () => null): Group[] {
  const out = new Map<string, Group>();
  for (const of of classes) {
    for (const r of by[of]) {
      const g = out.get(r.key) ?? { key: r.key, name: r.name || r.key, lines: [] };
      g.lines.push({ class: of, figures: r, metToday: metToday(r.key, of) });
      out.set(r.key, g);
    }
  }
  return [...out.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** The units with the smallest share met, those with most missing first among equals. */
export function worst<R extends Figures & { key: string }>(rows: readonly R[], most: number): R[] {
  return rows.filter((r) => due(r) > r.states.met).sort((a, b) => compareShares(a, b) || due(b) - b.states.met - (due(a) - a.states.met) || (a.key < b.key ? -1 : 1)).slice(0, most);
}

/** What stands in a list and did not stand in the one before. */
export function added(now: readonly Unmet[], before: readonly Unmet[]): Unmet[] {
  const key = (u: Unmet) => `${u.place} ${u.duty} ${u.period}`;
  const old = new Set(before.map(key));
  return now.filter((u) => !old.has(key(u)));
}

export const missingStates = ['open', 'overdue', 'attempted', 'disputed'] as const satisfies readonly State[];
/** How many of what is missing are in each state. */
export const missingOf = (f: Figures): number => missingStates.reduce((n, s) => n + f.states[s], 0);

interface Common { policy: string; totals: Line[]; groups: Group[]; known: string; asOf: string }
export interface DayReport extends Common { day: string; disputed: Unmet[]; worst: (Figures & { key: string; name: string })[] }
export interface MonthReport extends Common { month: string; communities: Group[]; missing: Unmet[]; running: string; forecasts: { class: Class; forecast: Forecast | undefined }[] }

interface Asks { part: Part; by: By; known: string; today: string; signal: AbortSignal }

async function perClass<T>(ask: (of: Class) => Promise<T>): Promise<Record<Class, T>> {
  const [a, b, c] = await Promise.all([ask('1'), ask('2'), ask('3')]);
  return { '1': a, '2': b, '3': c };
}
const metOn = (s: Series | undefined, day: string): number => s?.days.find((d) => d.day === day)?.met ?? 0;
const common = (whole: CoverageAnswer, known: string) => ({ policy: whole.policy, known, asOf: whole.as_of });

/** Everything of a day, as it stood at its end. */
export async function dayReport(api: CoverageApi, day: string, { part, by, known, today, signal }: Asks): Promise<DayReport> {
  const period = monthOf(day).text;
  const at = (d: string): Sight => ({ period, known, asOf: d < today ? endOf(d) : '' });
  const sight = at(day);
  const [whole, totals, series, rows, communities, disputed, before] = await Promise.all([
    api.whole(part, sight, '', signal),
    perClass((of) => api.whole(part, sight, of, signal)),
    perClass((of) => api.series(part, sight, of, signal)),
    perClass(async (of) => (await api.rollup(by, part, sight, of, signal)).items),
    api.rollup(by === 'grid' ? 'grid' : 'community', part, sight, '', signal),
    api.everyIn('disputed', part, sight, signal),
    api.everyIn('disputed', part, at(addDays(day, -1)), signal),
  ]);
  // Of a dozen towns each is asked what it met today; of hundreds of grids none.
  const metToday = new Map<string, number>();
  if (by === 'town_level') {
    await Promise.all(classes.flatMap((of) => rows[of].map(async (r) => metToday.set(`${r.key} ${of}`, metOn(await api.series(rowPart(part, by, r.key), sight, of, signal), day)))));
  }
  return {
    ...common(whole, known), day,
    totals: classes.map((of) => ({ class: of, figures: totals[of], metToday: metOn(series[of], day) })),
    groups: groups(rows, (key, of) => metToday.get(`${key} ${of}`) ?? null),
    disputed: added(disputed, before), worst: worst(communities.items, 12),
  };
}

/** Everything of a month, as it stands or stood as known; and what is to be expected of the running one. */
export async function monthReport(api: CoverageApi, month: string, { part, by, known, today, signal }: Asks): Promise<MonthReport> {
  const sight: Sight = { period: month, known };
  const running = monthOf(today).text;
  const [whole, totals, rows, communities, missing, forecasts] = await Promise.all([
    api.whole(part, sight, '', signal),
    perClass((of) => api.whole(part, sight, of, signal)),
    perClass(async (of) => (await api.rollup(by, part, sight, of, signal)).items),
    by === 'grid' ? undefined : perClass(async (of) => (await api.rollup('community', part, sight, of, signal)).items),
    api.obligations(part, sight, { limit: 100 }, signal),
    Promise.all((['1', '2'] as const).map(async (of) => ({ class: of, forecast: part.community ? undefined : await api.forecast('town_level', of, part.town ?? '', { period: running, known }, signal) }))),
  ]);
  return {
    ...common(whole, known), month, running,
    totals: classes.map((of) => ({ class: of, figures: totals[of], metToday: null })),
    groups: groups(rows), communities: communities ? groups(communities) : [], missing: missing.items, forecasts,
  };
}
