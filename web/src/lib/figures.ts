import type { Figures, RollupRow } from '../api/types';

export const due = (f: Figures): number => f.total - f.states.excused;
export const unmet = (f: Figures): number => due(f) - f.states.met;

/** Percent met, cut down and never rounded up: 99.99 % is not 100 %. */
export function percent(f: Figures): number | null {
  const n = due(f);
  return n === 0 ? null : Math.floor((f.states.met * 1000) / n) / 10;
}

export type SortKey = 'name' | 'total' | 'met' | 'unmet' | 'rate' | 'gap';

const value: Record<SortKey, (r: RollupRow) => number | string> = {
  name: (r) => r.key,
  total: (r) => due(r),
  met: (r) => r.states.met,
  unmet,
  // Exact: compare fractions by cross-multiplying would be needed only beyond 2^53.
  rate: (r) => (due(r) === 0 ? 2 : r.states.met / due(r)),
  gap: (r) => r.longest_gap_days ?? -1,
};

/** Rows in order of a column; equal ones by code. */
export function sorted(rows: readonly RollupRow[], key: SortKey, descending: boolean): RollupRow[] {
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const x = value[key](a);
    const y = value[key](b);
    return x < y ? -sign : x > y ? sign : a.key < b.key ? -1 : 1;
  });
}
