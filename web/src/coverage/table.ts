import type { Figures, RollupRow } from '../api/types';
import { due } from '../lib/figures';

/** How much is met, as a colour says it; compared as integers and never rounded. */
export type Shade = 'complete' | 'near' | 'good' | 'fair' | 'low' | 'none';

export function shadeOf(f: Pick<Figures, 'states' | 'total'>): Shade {
  const n = f.total - f.states.excused;
  const met = f.states.met * 100;
  if (n === 0) return 'none';
  if (f.states.met === n) return 'complete';
  return met < 70 * n ? 'low' : met < 85 * n ? 'fair' : met < 95 * n ? 'good' : 'near';
}

/** The columns of the board: a class, or all of them. */
export type Column = '1' | '2' | '3' | 'all';
export const columns: readonly Column[] = ['1', '2', '3', 'all'];

export interface HeatRow { key: string; name: string; cells: Partial<Record<Column, Figures>> }

/** One row a unit that any column has, by code. */
export function heatRows(by: Partial<Record<Column, readonly RollupRow[]>>): HeatRow[] {
  const rows = new Map<string, HeatRow>();
  for (const column of columns) {
    for (const r of by[column] ?? []) {
      const row = rows.get(r.key) ?? { key: r.key, name: r.name || r.key, cells: {} };
      row.cells[column] = r;
      rows.set(r.key, row);
    }
  }
  return [...rows.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Compares shares exactly, as fractions; nothing due comes after everything. */
export function compareShares(a: Figures | undefined, b: Figures | undefined): number {
  const [n, m] = [a ? due(a) : 0, b ? due(b) : 0];
  if (n === 0 || m === 0) return n === m ? 0 : n === 0 ? 1 : -1;
  return (a?.states.met ?? 0) * m - (b?.states.met ?? 0) * n;
}

export interface Order { by: 'unit' | Column; down: boolean }

export function orderRows(rows: readonly HeatRow[], { by, down }: Order): HeatRow[] {
  const sign = down ? -1 : 1;
  return [...rows].sort((a, b) => (by === 'unit' ? 0 : sign * compareShares(a.cells[by], b.cells[by])) || (by === 'unit' ? sign : 1) * (a.key < b.key ? -1 : 1));
}
