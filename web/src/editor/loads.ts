import type { Moved } from './types';

export interface Bar<T> { item: T; minutes: number; width: number; ratio: number; state: 'over' | 'under' | 'even' }
export interface Chart<T> { bars: Bar<T>[]; mean: number; meanAt: number }

/** Beyond this share off the mean a grid's load is called uneven. */
export const uneven = 0.3;

export const stateOf = (ratio: number): Bar<unknown>['state'] => (ratio > 1 + uneven ? 'over' : ratio < 1 - uneven ? 'under' : 'even');

/**
 * Bars from heaviest to lightest on one scale, which begins at nothing and
 * always has room for the mean. width and meanAt are shares of the scale.
 */
export function chart<T>(items: readonly T[], minutes: (item: T) => number, mean: number): Chart<T> {
  const rows = items.map((item) => ({ item, minutes: Math.max(0, minutes(item)) })).sort((a, b) => b.minutes - a.minutes);
  const top = Math.max(rows[0]?.minutes ?? 0, mean * 1.25) || 1;
  return {
    mean, meanAt: mean / top,
    bars: rows.map((r) => {
      const ratio = mean > 0 ? r.minutes / mean : 1;
      return { ...r, width: r.minutes / top, ratio, state: stateOf(ratio) };
    }),
  };
}

/** The mean after some grids changed, without the others asked for again. */
export function meanOf(minutes: Iterable<number>): number {
  let sum = 0;
  let n = 0;
  for (const m of minutes) {
    sum += m;
    n++;
  }
  return n ? sum / n : 0;
}

/** The largest deviation from the mean, as a share of it. */
export const deviation = (minutes: readonly number[], mean: number): number => (mean > 0 ? Math.max(0, ...minutes.map((m) => Math.abs(m - mean) / mean)) : 0);

/** Moves by pair of grids, the largest first: where places go, then of what kind they are. */
export function flowsOf(by: readonly Moved[]): Moved[][] {
  const pairs = new Map<string, Moved[]>();
  for (const m of by) {
    const key = `${m.from} ${m.to}`;
    const list = pairs.get(key);
    if (list) list.push(m);
    else pairs.set(key, [m]);
  }
  const total = (list: readonly Moved[]) => list.reduce((s, m) => s + m.count, 0);
  return [...pairs.values()].sort((a, b) => total(b) - total(a));
}
