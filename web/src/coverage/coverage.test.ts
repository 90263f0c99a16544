import { describe, expect, it, vi } from 'vitest';
import type { Figures, RollupRow, State, Unit, Unmet } from '../api/types';
import { percent } from '../lib/figures';
import { gradeColors, inkOn, inkOnShade, shadeColors, stateColors } from '../map/style';
import { boundsOf, drawFinding, drawVisit } from './drawing';
import { Limiter } from './limiter';
import { crumbsOf, partOf, rowPart, rowsOf } from './part';
import { addDays, between, endOf, fromField, monthOf, offered, parsePeriod, periodName, stepPeriod, stops, toField } from './period';
import { added, groups, missingOf, worst } from './report';
import { compareShares, heatRows, orderRows, shadeOf } from './table';
import { lagOf, ordered } from './timeline';
import { chanceOf, curve } from './trend';
import type { TimelineEvent } from './types';

const figures = (met: number, open = 0, more: Partial<Record<Exclude<State, 'not_due'>, number>> = {}): Figures => {
  const states = { met, open, attempted: 0, overdue: 0, disputed: 0, excused: 0, ...more };
  const total = Object.values(states).reduce((a, b) => a + b, 0);
  const due = total - states.excused;
  return { complete: due === 0 ? null : met === due, total, states, longest_gap_days: met, late: 0, wrong_holder: 0 };
};
const row = (key: string, met: number, open = 0): RollupRow => ({ key, name: `名${key}`, ...figures(met, open) });

describe('periods', () => {
  it.each([
    ['2026-10', 'month', '2026-10-01', '2026-10-31'], ['2026年2月', 'month', '2026-02-01', '2026-02-28'], ['２０２８－０２', 'month', '2028-02-01', '2028-02-29'],
    ['2026-H2', 'half', '2026-07-01', '2026-12-31'], ['2026年上半年', 'half', '2026-01-01', '2026-06-30'],
    ['2026-W44', 'week', '2026-10-26', '2026-11-01'], ['2026-w01', 'week', '2025-12-29', '2026-01-04'], ['2026-W53', 'week', '2026-12-28', '2027-01-03'], ['2026年第44周', 'week', '2026-10-26', '2026-11-01'],
    ['2026-10-31', 'day', '2026-10-31', '2026-10-31'], [' 2026-09-25 .. 2026-10-08 ', 'span', '2026-09-25', '2026-10-08'], ['2026-09-25至2026-10-08', 'span', '2026-09-25', '2026-10-08'],
  ])('reads %s', (text, kind, first, last) => expect(parsePeriod(text)).toMatchObject({ kind, first, last }));
  it.each(['', '2026', '2026-13', '2026-00', '2026-1', '2026-H3', '2025-W53', '2026-W00', '2026-02-30', '2026-10-08..2026-09-25', '2026-09-25..', 'nonsense', '1999-01'])('refuses %j', (text) => expect(parsePeriod(text)).toBeUndefined());
  it('writes what it has read', () => {
    for (const text of ['2026-10', '2026-H1', '2026-W01', '2026-W44', '2026-10-31', '2026-09-25..2026-10-08']) expect(parsePeriod(text)?.text).toBe(text);
  });
  it('finds the week of every day as ISO 8601 has it', () => {
    // Oracle: the week's number is how many Thursdays the year has had.
    for (let day = '2024-12-20'; day < '2027-01-15'; day = addDays(day, 1)) {
      const monday = addDays(day, -((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7));
      const thursday = addDays(monday, 3);
      let n = 0;
      for (let d = `${thursday.slice(0, 4)}-01-01`; d <= thursday; d = addDays(d, 1)) if (new Date(`${d}T00:00:00Z`).getUTCDay() === 4) n++;
      const text = `${thursday.slice(0, 4)}-W${String(n).padStart(2, '0')}`;
      expect(parsePeriod(text)).toMatchObject({ first: monday, last: addDays(monday, 6) });
    }
  });
  it('steps forth and back to where it was', () => {
    for (const text of ['2026-12', '2026-01', '2026-H1', '2026-W53', '2026-W01', '2026-12-31', '2026-09-25..2026-10-08']) {
      const p = parsePeriod(text);
      if (!p) throw new Error(text);
      expect(stepPeriod(stepPeriod(p, 1), -1)).toEqual(p);
      expect(stepPeriod(stepPeriod(p, -1), 1)).toEqual(p);
      expect(stepPeriod(p, 1).first).toBe(addDays(p.last, 1));
      expect(stepPeriod(p, -1).last).toBe(addDays(p.first, -1));
    }
  });
  it('names them as people do', () => {
    const name = (text: string, language: 'zh' | 'en') => { const p = parsePeriod(text); return p && periodName(p, language); };
    expect(['2026-11', '2026-H2', '2026-W47', '2026-11-20', '2026-11-01..2026-11-20'].map((t) => name(t, 'zh'))).toEqual(['2026年11月', '2026年下半年', '2026年第47周', '2026-11-20', '2026-11-01 至 2026-11-20']);
    expect(name('2026-11', 'en')).toBe('Nov 2026');
  });
  it('offers months from the latest and only half-years that are kept whole', () => {
    const { months, halves } = offered(['2026-06', '2026-07', '2026-08', '2026-11']);
    expect(months.map((p) => p.text)).toEqual(['2026-11', '2026-08', '2026-07', '2026-06']);
    expect(halves.map((p) => p.text)).toEqual(['2026-H2']);
  });
});

describe('the time slider', () => {
  const of = (text: string, today: string) => stops(parsePeriod(text) ?? monthOf(today), today);
  it('stops at every day that has ended, and at last now', () => {
    const running = of('2026-11', '2026-11-27');
    expect(running).toHaveLength(27);
    expect(running[0]).toEqual({ day: '2026-11-01', asOf: '2026-11-01T23:59:59+08:00' });
    expect(running.at(-2)?.day).toBe('2026-11-26');
    expect(running.at(-1)).toEqual({ day: '', asOf: '' });
  });
  it('has all days of a period that is over', () => expect(of('2026-10', '2026-11-27')).toHaveLength(32));
  it('has only now on the first day and nothing before', () => {
    expect(of('2026-11', '2026-11-01')).toEqual([{ day: '', asOf: '' }]);
    expect(of('2026-12', '2026-11-27')).toEqual([]);
  });
  it('ends a day in the district’s time', () => expect(new Date(endOf('2026-10-31')).toISOString()).toBe('2026-10-31T15:59:59.000Z'));
  it('writes and reads a moment in the district’s time', () => {
    expect(toField('2026-11-19T16:00:00Z')).toBe('2026-11-20T00:00');
    expect(fromField('2026-11-20T00:00')).toBe('2026-11-20T00:00:00+08:00');
    expect([toField(''), toField('nonsense'), fromField(''), fromField('2026')]).toEqual(['', '', '', '']);
  });
  it('counts days over a change of month', () => expect([between('2026-10-31', '2026-11-01'), addDays('2026-02-28', 1), addDays('2026-01-01', -1)]).toEqual([1, '2026-03-01', '2025-12-31']));
});

describe('colours', () => {
  it.each([[figures(0), 'none'], [figures(0, 0, { excused: 3 }), 'none'], [figures(5), 'complete'], [figures(5, 0, { excused: 2 }), 'complete'], [figures(99_999, 1), 'near'], [figures(95, 5), 'near'], [figures(949, 51), 'good'], [figures(85, 15), 'good'], [figures(849, 151), 'fair'], [figures(70, 30), 'fair'], [figures(699, 301), 'low'], [figures(0, 1), 'low']] as const)('%# is %s', (f, shade) => expect(shadeOf(f)).toBe(shade));
  it('never shows complete for what is not, whatever the percent', () => {
    const f = figures(9_999_999, 0, { disputed: 1 });
    expect([shadeOf(f), percent(f)]).toEqual(['near', 99.9]);
  });

  // Machado, Oliveira, Fernandes 2009, severity 1; distances in CIELAB.
  const sights = { usual: [1, 0, 0, 0, 1, 0, 0, 0, 1], protan: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998], deutan: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881], tritan: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039] };
  const linear = (hex: string) => [1, 3, 5].map((i) => { const c = parseInt(hex.slice(i, i + 2), 16) / 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; });
  const times = (m: readonly number[], v: readonly number[]) => [0, 3, 6].map((r) => Math.min(1, Math.max(0, (m[r] ?? 0) * (v[0] ?? 0) + (m[r + 1] ?? 0) * (v[1] ?? 0) + (m[r + 2] ?? 0) * (v[2] ?? 0))));
  function lab(v: readonly number[]): [number, number, number] {
    const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
    const [r = 0, g = 0, b = 0] = v;
    const [x, y, z] = [f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047), f(0.2126 * r + 0.7152 * g + 0.0722 * b), f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883)];
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
  }
  it.each(Object.entries(sights))('tells six states apart with %s sight', (_, m) => {
    const { not_due: _none, ...states } = stateColors;
    const seen = Object.entries(states).map(([name, hex]) => [name, lab(times(m, linear(hex)))] as const);
    for (const [i, [a, x]] of seen.entries()) for (const [b, y] of seen.slice(0, i)) expect(Math.hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]), `${a} and ${b}`).toBeGreaterThan(15);
  });
  it('can be read on', () => {
    const light = (hex: string) => { const [r = 0, g = 0, b = 0] = linear(hex); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const contrast = (a: string, b: string) => { const [x, y] = [light(a), light(b)]; return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05); };
    for (const s of Object.keys(stateColors) as (keyof typeof stateColors)[]) expect(contrast(stateColors[s], inkOn(s)), s).toBeGreaterThan(4.5);
    for (const s of Object.keys(shadeColors) as (keyof typeof shadeColors)[]) expect(contrast(shadeColors[s], inkOnShade(s)), s).toBeGreaterThan(4.5);
    for (const g of ['A', 'B', 'C', 'D'] as const) expect(contrast(gradeColors[g], g === 'B' || g === 'C' ? '#1c2733' : '#ffffff'), g).toBeGreaterThan(4.5);
  });
});

describe('the heat table', () => {
  const rows = heatRows({ '1': [row('b', 1, 1), row('a', 9, 1)], '3': [row('c', 0, 4)], all: [row('a', 9, 1), row('b', 1, 1), row('c', 0, 4)] });
  it('has a row for every unit that any column has', () => {
    expect(rows.map((r) => r.key)).toEqual(['a', 'b', 'c']);
    expect(rows[2]?.cells['1']).toBeUndefined();
    expect(rows[2]?.cells['3']?.states.open).toBe(4);
  });
  it('orders by exact shares, what owes nothing last', () => {
    expect(orderRows(rows, { by: '1', down: false }).map((r) => r.key)).toEqual(['b', 'a', 'c']);
    expect(orderRows(rows, { by: 'all', down: true }).map((r) => r.key)).toEqual(['a', 'b', 'c']);
    expect(orderRows(rows, { by: 'unit', down: true }).map((r) => r.key)).toEqual(['c', 'b', 'a']);
    expect(compareShares(figures(1, 2), figures(2, 4))).toBe(0);
    expect(compareShares(figures(333_333, 666_667), figures(1, 2))).toBeLessThan(0);
    expect([compareShares(undefined, undefined), compareShares(undefined, figures(0, 1)), compareShares(figures(0, 1), figures(0))]).toEqual([0, 1, -1]);
  });
});

describe('trends', () => {
  const series = { period: '2026-11', due: 100, met_before: 10, days: [{ day: '2026-11-01', met: 10, met_so_far: 20 }, { day: '2026-11-02', met: 30, met_so_far: 50 }] };
  it('begins with what was met before and leaves the days to come empty', () => {
    const c = curve(series, '2026-11-01', '2026-11-30', 300, 100);
    expect(c.line).toEqual([[0, 90], [10, 80], [20, 50]]);
    expect([c.end, c.band]).toEqual([[20, 50], []]);
  });
  it('lays the band on from the last point', () => {
    const c = curve(series, '2026-11-01', '2026-11-30', 300, 100, [{ day: '2026-11-03', low: 50, mid: 60, high: 70 }, { day: '2026-12-01', low: 0, mid: 0, high: 0 }]);
    expect(c.band).toEqual([[20, 50], [30, 30], [30, 50]]);
    expect(c.middle).toEqual([[20, 50], [30, 40]]);
  });
  it('draws nothing due as nothing', () => expect(curve({ ...series, due: 0, met_before: 0, days: [] }, '2026-11-01', '2026-11-30', 300, 100).line).toEqual([[0, 100]]));
  it.each([[0.5, 0, 3, 'done'], [0, 4, 0, 'lost'], [1e-113, 4, 3, 'tiny'], [0.9999, 1, 3, 'sure'], [0.99, 1, 3, 'share']])('says a chance of %s with %s left in %s days as %s', (chance, left, days, kind) => expect(chanceOf(chance, left, days).kind).toBe(kind));
});

describe('what happened and when it was learned', () => {
  const event = (at: string | null, learned: string, more: Partial<TimelineEvent> = {}): TimelineEvent => ({ kind: 'visit', learned, at, from: null, text: { zh: '', en: '' }, inspection: null, outcome: 'done', grade: 'A', counts: true, reasons: [], town: '', park: '', community: '', grid: '', ...more });
  const late = event('2026-10-31T10:00:00+08:00', '2026-11-02T11:00:00+08:00');
  const soon = event('2026-11-01T10:00:00+08:00', '2026-11-01T10:20:00+08:00');
  const record = event(null, '2024-01-01T00:00:00+08:00', { kind: 'record', from: '2026-12-01' });
  it('is ordered in either time, the latest first', () => {
    expect(ordered([record, soon, late], 'learned')).toEqual([late, soon, record]);
    expect(ordered([record, soon, late], 'happened')).toEqual([record, soon, late]);
  });
  it('says how late a visit was learned', () => {
    expect(lagOf(late)).toEqual({ hours: 49, days: 2 });
    expect([lagOf(soon), lagOf(record)]).toEqual([undefined, undefined]);
  });
});

describe('parts of the district', () => {
  const unit = (code: string, kind: string, parent: string): [string, Unit] => [code, { code, kind, parent, name: code, name_en: '', bounds: [0, 0, 0, 0] }];
  const units = new Map([unit('D', 'district', ''), unit('T', 'town', 'D'), unit('P', 'park', 'D'), unit('C', 'community', 'T')]);
  const of = (...own: string[]) => ({ units, root: own.length === 1 ? (own[0] ?? '') : '', session: { name: '', role: '', district: '', units: own } });
  const none = { town: '', community: '', grid: '' };
  it('go down from what the account sees', () => {
    const d = of('D');
    expect([rowsOf(d, {}), rowsOf(d, { town: 'T' }), rowsOf(d, { town: 'T', community: 'C' }), rowsOf(d, { community: 'C', grid: 'g' })]).toEqual(['town_level', 'community', 'grid', 'grid']);
    expect(rowPart({ town: 'T' }, 'community', 'C')).toEqual({ town: 'T', community: 'C' });
    expect(crumbsOf(d, { town: 'T', community: 'C', grid: 'g' }).map((c) => [c.code, c.part])).toEqual([['D', {}], ['T', { town: 'T' }], ['C', { town: 'T', community: 'C' }], ['g', { town: 'T', community: 'C', grid: 'g' }]]);
  });
  it('begin at the only unit of an account', () => {
    expect([partOf(of('T'), none), rowsOf(of('T'), { town: 'T' })]).toEqual([{ town: 'T' }, 'community']);
    expect([partOf(of('C'), none), rowsOf(of('C'), { community: 'C' })]).toEqual([{ community: 'C' }, 'grid']);
    expect(crumbsOf(of('T'), { town: 'T', community: 'C' }).map((c) => c.code)).toEqual(['T', 'C']);
    expect([rowsOf(of('T', 'P'), {}), rowsOf(of('C', 'X'), {})]).toEqual(['town_level', 'community']);
  });
});

describe('the map that shows why', () => {
  const track = [{ inspection: 'b', at: '2026-11-20T02:00:00Z', position: [121.2, 31.2] as [number, number], hit: true }, { inspection: 'a', at: '2026-11-20T01:31:00Z', position: [121.1, 31.4] as [number, number], hit: false }];
  it('draws a way in the order of time, with the district’s clock', () => {
    const d = drawFinding({ track, lines: [{ inspection: 'b', place: [121.3, 31.3], position: [121.2, 31.2] }, { inspection: 'c', place: [121.5, 31.1], position: [121.0, 31.0] }] });
    expect(d.track).toEqual([[121.1, 31.4], [121.2, 31.2]]);
    expect(d.points.map((p) => p.label)).toEqual(['09:31', '10:00', '']); // a visit on the track is drawn once
    expect(boundsOf(d)).toEqual([121.0, 31.0, 121.5, 31.4]);
  });
  it('leaves the way out where lines say enough', () => {
    const lines = Array.from({ length: 30 }, (_, i) => ({ inspection: String(i), place: [121, 31] as [number, number], position: [121, 31 + i / 100] as [number, number] }));
    const d = drawFinding({ track, lines });
    expect([d.dense, d.track.length, d.points.length]).toEqual([true, 0, 30]);
  });
  it('draws a visit without a position as its place alone', () => {
    const d = drawVisit({ place: { id: 'p', name: '', category: '', lon: 121.3, lat: 31.3 }, inspection: { at: '2026-11-20T02:00:00Z', lon: null, lat: null } });
    expect([d.lines, d.points, boundsOf(d)]).toEqual([[], [], [121.3, 31.3, 121.3, 31.3]]);
    expect(boundsOf({ dense: false, places: [], lines: [], track: [], points: [] })).toBeUndefined();
  });
});

describe('reports', () => {
  it('group three classes by unit', () => {
    const out = groups({ '1': [row('b', 1), row('a', 2)], '2': [row('a', 3)], '3': [row('p', 4)] }, (key, of) => (key === 'a' && of === '2' ? 7 : null));
    expect(out.map((g) => [g.key, g.lines.map((l) => [l.class, l.metToday])])).toEqual([['a', [['1', null], ['2', 7]]], ['b', [['1', null]]], ['p', [['3', null]]]]);
  });
  it('name the worst, never what is complete or owes nothing', () => {
    expect(worst([row('a', 5), row('b', 0), row('c', 1, 1), row('d', 5, 5), row('e', 1, 9)], 3).map((r) => r.key)).toEqual(['e', 'd', 'c']);
  });
  it('find what is new on a list', () => {
    const unmet = (place: string, duty: string) => ({ place, duty, period: '2026-11' }) as Unmet;
    expect(added([unmet('p', 'class-1'), unmet('p', 'class-2'), unmet('q', 'class-1')], [unmet('p', 'class-1')]).map((u) => u.place + u.duty)).toEqual(['pclass-2', 'qclass-1']);
  });
  it('count as missing what is neither met nor excused', () => expect(missingOf(figures(5, 1, { attempted: 2, overdue: 3, disputed: 4, excused: 9 }))).toBe(10));
});

describe('the queue', () => {
  it('lets no more run than it may, and passes over who went away', async () => {
    const limiter = new Limiter(2);
    let [running, most] = [0, 0];
    const work = vi.fn(async () => {
      most = Math.max(most, ++running);
      await new Promise((later) => setTimeout(later, 1));
      running--;
    });
    const gone = new AbortController();
    const all = Array.from({ length: 7 }, () => limiter.run(work));
    const dropped = limiter.run(work, gone.signal);
    const refused = expect(dropped).rejects.toThrow();
    gone.abort();
    await Promise.all([...all, refused]);
    expect([most, work.mock.calls.length]).toEqual([2, 7]);
    await expect(limiter.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await limiter.run(work);
    expect(running).toBe(0);
  });
});
