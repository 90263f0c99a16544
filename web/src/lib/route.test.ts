import { describe, expect, it } from 'vitest';
import { board, evidence, formatRoute, map, parseRoute, report, type Route } from './route';

describe('addresses', () => {
  const routes: [string, Route][] = [
    ['', map],
    ['#map?mode=coverage&period=2026-11&day=2026-11-20', { ...map, mode: 'coverage', period: '2026-11', day: '2026-11-20' }],
    ['#board', board],
    ['#board?period=2026-H2&class=2&town=310113102000&community=310113102002&known=2026-11-20T00:00:00%2B08:00', { ...board, period: '2026-H2', class: '2', town: '310113102000', community: '310113102002', known: '2026-11-20T00:00:00+08:00' }],
    ['#evidence?tab=visits&grade=C,D', { ...evidence, tab: 'visits', grade: 'C,D' }],
    ['#report/day', report],
    ['#report/month/2026-10?town=310113102000', { ...report, kind: 'month', of: '2026-10', town: '310113102000' }],
    ['#plan', { view: 'plan', plan: '' }],
    ['#plan=0b9f1c7e-0000-4000-8000-000000000000', { view: 'plan', plan: '0b9f1c7e-0000-4000-8000-000000000000' }],
  ];
  it.each(routes)('%s there and back', (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
    expect(formatRoute(route)).toBe(hash);
  });
  it('takes whatever it does not know for the map', () => {
    for (const hash of ['#', '#nonsense?period=2026-11', '#plan=not-an-id', '#map?mode=flight']) expect(parseRoute(hash)).toEqual(map);
    expect(parseRoute('#evidence?tab=gossip')).toEqual(evidence);
    expect(parseRoute('#report/year/2026')).toEqual(report);
  });
  it('leaves what nobody asked for out of a route', () => expect(parseRoute('#board?view=plan&x=1')).toEqual(board));
});
