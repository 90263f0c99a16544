import { cellToLatLng, gridDisk, isValidCell, latLngToCell } from 'h3-js';
import { describe, expect, it } from 'vitest';
import { Problem } from '../api/client';
import type { Write, Written } from './api';
import { Borders, handles } from './borders';
import { brush, outlines, stroke } from './cells';
import { serverEvents } from '../api/events';
import { distance, inside, labelPoint, lattice, ring, signedArea } from './geometry';
import { LatestWins } from './latest';
import { chart, deviation, flowsOf, meanOf } from './loads';
import { allowing, carve, giveArea, giveCells, giveRegion, merge, moveVertex, rename, reroute, split, straighten } from './operations';
import { expected, Outbox, passing, type OutboxState, type Shelf } from './outbox';
import { linesOf, metresPerPixel, snap, type Snappable } from './snapping';
import { refusalOf } from './store.svelte';
import type { Border, GridProps, Polygon, Position } from './types';
import { meaning, keys } from '../routes/editor/keys';

const grid = (ref: string, over: Partial<GridProps> = {}): GridProps => ({
  ref, code: ref, name: ref, community: 'c1', community_name: '一村', area_m2: 1, compactness: 1, places: 1, minutes: 1, visit_minutes: 1, walk_minutes: 0, street_m: 0, changed: false, loads: {}, ...over,
});

describe('operations', () => {
  it('puts what a hand drew on the lattice and leaves repeats out', () => {
    expect(split([[121.47000000123, 31.4], [121.47, 31.4], [121.48, 31.41]])).toEqual({ kind: 'split', line: [[121.47, 31.4], [121.48, 31.41]] });
    expect(split([[1, 1], [1, 1]])).toBeUndefined();
    expect(split([[1, 1], [2, 2]], ['a'])).toMatchObject({ grids: ['a'] });
  });
  it('keeps the code of the grid with most places when merging, in one community only', () => {
    expect(merge([grid('a'), grid('b', { places: 9 }), grid('c')])).toEqual({ kind: 'merge', grids: ['b', 'a', 'c'] });
    expect(merge([grid('a'), grid('b', { community: 'c2' })])).toBeUndefined();
    expect(merge([grid('a')])).toBeUndefined();
  });
  it('closes a lasso, counter-clockwise', () => {
    const clockwise = [[0, 0], [0, 1], [1, 1], [1, 0]];
    const given = giveRegion('a', clockwise);
    expect(given).toEqual({ kind: 'give', grid: 'a', region: { type: 'Polygon', coordinates: [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]] } });
    expect(giveRegion(undefined, clockwise)).toBeUndefined();
    expect(carve('c1', [[0, 0], [1, 1], [2, 2]])).toBeUndefined();
    expect(carve(undefined, clockwise)).toBeUndefined();
  });
  it('asks for nothing that would do nothing', () => {
    expect(moveVertex([1, 2], [1.00000001, 2])).toBeUndefined();
    expect(giveCells('a', [])).toBeUndefined();
    expect(giveArea('a', [])).toBeUndefined();
    expect(rename(grid('a'), ' a ')).toBeUndefined();
    expect(straighten(['a'], 5)).toBeUndefined();
    expect(reroute(['a', 'b', 'c'], [[0, 0], [1, 1]])).toBeUndefined();
  });
  it('sends cells in one order however they were painted, and blocks as one region', () => {
    expect(giveCells('a', new Set(['b', 'a']))).toEqual({ kind: 'give', grid: 'a', cells: ['a', 'b'] });
    const block: Polygon = { type: 'Polygon', coordinates: [[[0, 0], [1, 0], [1, 1], [0, 0]]] };
    expect(giveArea('a', [block])).toMatchObject({ region: block });
    expect(giveArea('a', [block, block])).toMatchObject({ region: { type: 'MultiPolygon' } });
  });
  it('waives a promise once', () => {
    const waived = allowing({ kind: 'merge', grids: ['a', 'b'] }, 'disconnect');
    expect(allowing(waived, 'disconnect').allow).toEqual(['disconnect']);
    expect(allowing(waived, 'cut').allow).toEqual(['disconnect', 'cut']);
  });
});

describe('geometry', () => {
  it('rounds to seven decimals and back to the same number', () => {
    expect(lattice([121.46948551999, 31.40704749999])).toEqual([121.4694855, 31.4070475]);
    expect(lattice(lattice([121.12345678, 31.1]))).toEqual(lattice([121.12345678, 31.1]));
  });
  it('has no ring without area', () => {
    expect(ring([[0, 0], [1, 1], [0, 0]])).toBeUndefined();
    expect(ring([])).toBeUndefined();
  });
  it('names a horseshoe inside of it', () => {
    const u: Polygon = { type: 'Polygon', coordinates: [[[0, 0], [9, 0], [9, 9], [7, 9], [7, 2], [2, 2], [2, 9], [0, 9], [0, 0]]] };
    expect(inside(labelPoint(u), u)).toBe(true);
    expect(signedArea(u.coordinates[0] ?? [])).toBe(9 * 9 - 5 * 7);
  });
});

describe('snapping', () => {
  const at: Position = [121.4, 31.4];
  const east = (m: number, north = 0): Position => [at[0] + m / (111_320 * Math.cos(31.4 * Math.PI / 180)), at[1] + north / 111_320];
  const street: Snappable = { kind: 'street', line: [east(-500, 3), east(500, 3)] };
  const border: Snappable = { kind: 'border', line: [east(-500, -6), east(4, -6), east(500, -6)] };

  it('goes to the place on an edge that is nearest', () => {
    const found = snap(at, [street], 10);
    expect(found).toMatchObject({ kind: 'street', corner: false });
    expect(distance(found?.at ?? [0, 0], east(0, 3))).toBeLessThan(0.01);
  });
  it('prefers a corner of a border, though an edge is nearer', () => expect(snap(at, [street, border], 10)).toMatchObject({ kind: 'border', corner: true }));
  it('prefers the border to the street among edges', () => {
    const far = east(200);
    expect(snap(far, [street, border], 10)).toMatchObject({ kind: 'border', corner: false });
    expect(snap(far, [street, border], 4)).toMatchObject({ kind: 'street' });
  });
  it('leaves alone what is out of reach', () => expect(snap(at, [street, border], 2)).toBeUndefined());
  it('keeps the corner itself when snapping to one', () => expect(snap(east(5, -5), [border], 10)?.at).toEqual(border.line[1]));
  it('takes lines of all parts of a tile', () => {
    expect(linesOf([{ geometry: { type: 'MultiLineString', coordinates: [[[0, 0], [1, 1]], [[2, 2], [3, 3]]] } }, { geometry: { type: 'Point', coordinates: [0, 0] } }, { geometry: { type: 'LineString', coordinates: [[4, 4], [5, 5]] } }], 'street')).toHaveLength(3);
  });
  it('knows how much ground a pixel shows', () => expect(metresPerPixel(0, 0) * 512).toBeCloseTo(40_075_016.7, 1));
});

describe('brush', () => {
  const at: Position = [121.4, 31.4];
  it('always paints the cell below the pointer', () => {
    for (const resolution of [10, 11] as const) expect(brush(at, 0, resolution)).toEqual([latLngToCell(31.4, 121.4, resolution)]);
  });
  it('paints the cells whose middle lies under it, and no others', () => {
    const radius = 180;
    const cells = brush(at, radius, 11);
    expect(cells.length).toBeGreaterThan(30);
    const middle = latLngToCell(31.4, 121.4, 11);
    for (const cell of cells) {
      const [lat, lon] = cellToLatLng(cell);
      expect(isValidCell(cell)).toBe(true);
      if (cell !== middle) expect(distance([lon, lat], at)).toBeLessThanOrEqual(radius);
    }
    // Against brute force: a denser walk over the circle finds no cell that was left out.
    for (let x = -radius; x <= radius; x += 6) {
      for (let y = -radius; y <= radius; y += 6) {
        const p: Position = [at[0] + x / (111_320 * Math.cos(31.4 * Math.PI / 180)), at[1] + y / 111_320];
        const cell = latLngToCell(p[1], p[0], 11);
        const [lat, lon] = cellToLatLng(cell);
        if (distance([lon, lat], at) <= radius - 0.5) expect(cells).toContain(cell);
      }
    }
  });
  it('leaves no hole in a fast stroke', () => {
    const to: Position = [121.42, 31.405];
    for (const radius of [0, 20, 90]) {
      const cells = stroke(at, to, radius, 11);
      expect(cells.has(latLngToCell(at[1], at[0], 11)) && cells.has(latLngToCell(to[1], to[0], 11))).toBe(true);
      const reached = new Set([latLngToCell(at[1], at[0], 11)]);
      for (const cell of reached) for (const near of gridDisk(cell, 1)) if (cells.has(near)) reached.add(near);
      expect(reached.size).toBe(cells.size);
    }
  });
  it('draws closed outlines, longitude first', () => {
    const outline = outlines(brush(at, 0, 11)).features[0]?.geometry.coordinates[0] ?? [];
    expect(outline[0]).toEqual(outline.at(-1));
    expect(outline[0]?.[0]).toBeGreaterThan(121);
  });
});

describe('latest wins', () => {
  const setup = () => {
    const open: { input: number; done: (n: number) => void; fail: (e: Error) => void; signal: AbortSignal }[] = [];
    const answers: number[] = [];
    const failures: number[] = [];
    const queue = new LatestWins<number, number>((input, signal) => new Promise((done, fail) => open.push({ input, done, fail, signal })), (output) => answers.push(output), (_, input) => failures.push(input));
    return { open, answers, failures, queue };
  };
  const turn = () => new Promise((r) => setTimeout(r));

  it('has one question under way and of the others asks the last only', async () => {
    const { open, answers, queue } = setup();
    for (const n of [1, 2, 3, 4]) queue.ask(n);
    expect(open.map((o) => o.input)).toEqual([1]);
    open[0]?.done(10);
    await turn();
    expect(open.map((o) => o.input)).toEqual([1, 4]);
    open[1]?.done(40);
    await turn();
    expect(answers).toEqual([10, 40]);
  });
  it('tells nothing after it was cancelled, and asks anew', async () => {
    const { open, answers, failures, queue } = setup();
    queue.ask(1);
    queue.ask(2);
    queue.cancel();
    expect(open[0]?.signal.aborted).toBe(true);
    queue.ask(3);
    open[0]?.fail(new Error('aborted'));
    open[1]?.done(30);
    await turn();
    expect(open.map((o) => o.input)).toEqual([1, 3]);
    expect([answers, failures]).toEqual([[30], []]);
  });
  it('goes on after a failure', async () => {
    const { open, answers, failures, queue } = setup();
    queue.ask(1);
    queue.ask(2);
    open[0]?.fail(new Error('refused'));
    await turn();
    open[1]?.done(20);
    await turn();
    expect([answers, failures]).toEqual([[20], [1]]);
  });
});

describe('outbox', () => {
  const memory = (): Shelf & { kept: Write[] } => ({ kept: [], get() { return [...this.kept]; }, set(w) { this.kept = [...w]; } });
  const write = (id: string): Write => ({ id, action: 'undo' });
  const run = (answers: (unknown | 'ok')[], shelf = memory()) => {
    const sent: string[] = [];
    const written: string[] = [];
    const refused: string[] = [];
    const states: OutboxState[] = [];
    let idle: () => void = () => {};
    const done = new Promise<void>((r) => (idle = r));
    const box = new Outbox(shelf, {
      send: (w) => {
        sent.push(w.id);
        const a = answers.shift();
        return a === 'ok' ? Promise.resolve({} as Written) : Promise.reject(a);
      },
      written: (_, w) => written.push(w.id),
      refused: (_, w) => refused.push(w.id),
      state: (s) => {
        states.push(s);
        if (s === 'idle') idle();
      },
    }, () => 0);
    return { box, sent, written, refused, states, done, shelf };
  };
  const busy = new Problem(503, 'unavailable', '');

  it('sends the same write again until it is answered, before the next one', async () => {
    const r = run([new TypeError('offline'), busy, 'ok', 'ok']);
    r.box.add(write('a'));
    r.box.add(write('b'));
    expect(r.shelf.kept.map((w) => w.id)).toEqual(['a', 'b']);
    await r.done;
    expect(r.sent).toEqual(['a', 'a', 'a', 'b']);
    expect(r.written).toEqual(['a', 'b']);
    expect(r.shelf.kept).toEqual([]);
    expect(r.states).toContain('waiting');
  });
  it('gives up what is refused and goes on', async () => {
    const r = run([new Problem(422, 'refused', ''), 'ok']);
    r.box.add(write('a'));
    r.box.add(write('b'));
    await r.done;
    expect([r.refused, r.written]).toEqual([['a'], ['b']]);
  });
  it('finds what an earlier page left', async () => {
    const shelf = memory();
    shelf.set([write('old')]);
    const r = run(['ok'], shelf);
    r.box.resume();
    await r.done;
    expect(r.written).toEqual(['old']);
  });
  it('counts what is under way as done', () => {
    const operations = (n: number): Write => ({ id: 'x', action: 'operations', operations: Array.from({ length: n }, () => ({ kind: 'merge', grids: [] })) });
    expect(expected(2, 1, [])).toEqual({ done: 2, undone: 1 });
    expect(expected(2, 1, [write('a'), write('b')])).toEqual({ done: 0, undone: 3 });
    expect(expected(2, 1, [operations(3), write('a'), { id: 'y', action: 'redo' }])).toEqual({ done: 5, undone: 0 });
  });
  it('knows what may pass', () => {
    expect([new TypeError('x'), busy, new Problem(412, '', ''), new Problem(422, '', '')].map(passing)).toEqual([true, true, false, false]);
  });
});

describe('borders', () => {
  const border = (left: string | null, right: string | null, line: Position[], fixed = false): Border => ({ type: 'Feature', geometry: { type: 'LineString', coordinates: line }, properties: { left, right, fixed } });
  it('replaces the borders of the grids that changed and leaves the others', () => {
    const all = new Borders();
    all.load([border('a', 'b', [[0, 0], [1, 1]]), border('b', 'c', [[1, 1], [2, 2]]), border('c', null, [[2, 2], [3, 3]], true)]);
    const diff = all.change(new Set(['a']), [border('a', 'b', [[0, 0], [1, 2]])]);
    expect(diff.remove).toEqual([1]);
    expect(diff.add.map((b) => b.id)).toEqual([4]);
    expect([...all.all()].map((b) => b.id)).toEqual([2, 3, 4]);
  });
  it('finds what follows a corner that is dragged', () => {
    const all = new Borders();
    all.load([border('a', 'b', [[0, 0], [1, 1]]), border('b', 'c', [[1, 1], [2, 2], [3, 3]])]);
    expect(all.neighbours([1, 1])).toEqual([[0, 0], [2, 2]]);
  });
  it('has no handle at a corner that a fixed border holds', () => {
    const all = new Borders();
    all.load([border('a', null, [[0, 0], [5, 0]], true), border('a', 'b', [[5, 0], [5, 5], [5, 9]])]);
    const list = handles(all.within([-1, -1, 10, 10]), [-1, -1, 10, 10], 1, (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]));
    expect(list.filter((h) => !h.middle).map((h) => h.at)).toEqual([[5, 5], [5, 9]]);
    expect(list.filter((h) => h.middle).map((h) => h.at)).toEqual([[5, 2.5], [5, 7]]);
  });
});

describe('loads', () => {
  it('sorts from heavy to light on a scale that shows the mean', () => {
    const { bars, meanAt } = chart([10, 40, 25], (n) => n, 25);
    expect(bars.map((b) => [b.minutes, b.width, b.state])).toEqual([[40, 1, 'over'], [25, 0.625, 'even'], [10, 0.25, 'under']]);
    expect(meanAt).toBe(0.625);
  });
  it('has room for the mean when every bar is short, and none breaks at nothing', () => {
    expect(chart([1], (n) => n, 100).meanAt).toBe(0.8);
    expect(chart([0], (n) => n, 0).bars[0]).toMatchObject({ width: 0, state: 'even' });
    expect(chart([], (n) => n, 0).bars).toEqual([]);
  });
  it('adds up', () => {
    expect(meanOf([1, 2, 6])).toBe(3);
    expect(meanOf([])).toBe(0);
    expect(deviation([1, 2, 6], 3)).toBe(1);
    expect(flowsOf([{ from: 'a', to: 'b', class: 1, category: 'x', count: 1 }, { from: 'c', to: 'd', class: 1, category: 'x', count: 5 }, { from: 'a', to: 'b', class: 2, category: 'y', count: 1 }]).map((f) => f.length)).toEqual([1, 2]);
  });
});

describe('server-sent events', () => {
  it('reads events whose chunks end anywhere', async () => {
    const bytes = new TextEncoder().encode(': hello\r\n\r\nevent: progress\ndata: {"note":"局部\ndata: 搜索"}\n\nevent: done\ndata: x\n\n');
    const body = new ReadableStream<Uint8Array>({ start(c) { for (const b of bytes) c.enqueue(Uint8Array.of(b)); c.close(); } });
    const out = [];
    for await (const e of serverEvents(body)) out.push(e);
    expect(out).toEqual([{ event: 'progress', data: '{"note":"局部\n搜索"}' }, { event: 'done', data: 'x' }]);
  });
});

describe('refusals and keys', () => {
  it('takes the place and the reason from the problem, and nothing from others', () => {
    expect(refusalOf(new Problem(422, 'Refused', '', { reason: 'cut', at: [1, 2], grid: 'a' }), undefined)).toMatchObject({ reason: 'cut', at: [1, 2], grid: 'a' });
    expect(refusalOf(new Problem(412, 'stale', ''), undefined)).toBeUndefined();
    expect(refusalOf(new TypeError('offline'), undefined)).toBeUndefined();
  });
  it('means one thing by each key', () => {
    expect(new Set(Object.values(keys)).size).toBe(Object.keys(keys).length);
    const stroke = (key: string, over = {}) => meaning({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...over });
    expect(stroke('z', { ctrlKey: true })).toEqual({ what: 'undo' });
    expect(stroke('Z', { metaKey: true, shiftKey: true })).toEqual({ what: 'redo' });
    expect(stroke('y', { ctrlKey: true })).toEqual({ what: 'redo' });
    expect(stroke('s', { ctrlKey: true })).toBeUndefined();
    expect(stroke('S')).toEqual({ what: 'tool', tool: 'split' });
    expect(stroke('Escape')).toEqual({ what: 'cancel' });
  });
});
