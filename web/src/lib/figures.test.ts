import { describe, expect, it } from 'vitest';
import type { RollupRow } from '../api/types';
import { address } from '../api/client';
import { percent, sorted, unmet } from './figures';

const row = (key: string, met: number, open: number, excused = 0): RollupRow => ({
  key, name: key, complete: null, total: met + open + excused, longest_gap_days: met, late: 0, wrong_holder: 0,
  states: { met, open, excused, attempted: 0, overdue: 0, disputed: 0 },
});

describe('figures', () => {
  it('never rounds up to complete', () => {
    expect(percent(row('a', 99_999, 1))).toBe(99.9);
    expect(percent(row('a', 5, 0))).toBe(100);
  });
  it('has no percent where nothing is due', () => expect(percent(row('a', 0, 0, 3))).toBeNull());
  it('leaves the excused out of what is unmet', () => expect(unmet(row('a', 3, 2, 4))).toBe(2));
  it('sorts by any column, equal rows by code', () => {
    const rows = [row('c', 1, 1), row('a', 9, 1), row('b', 1, 1)];
    expect(sorted(rows, 'rate', false).map((r) => r.key)).toEqual(['b', 'c', 'a']);
    expect(sorted(rows, 'unmet', true).map((r) => r.key)).toEqual(['a', 'b', 'c']);
    expect(sorted(rows, 'total', true).map((r) => r.key)).toEqual(['a', 'b', 'c']);
  });
});

describe('address', () => {
  it('leaves empty parameters out', () => expect(address('/api/x', { a: 1, b: '', c: undefined, d: '宝' })).toBe('/api/x?a=1&d=%E5%AE%9D'));
});
