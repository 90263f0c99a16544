import type { ExpressionSpecification, GeoJSONSource, LayerSpecification, Map as MapLibre } from 'maplibre-gl';
import { font } from '../map/style';
import type { BorderDiff, Borders, Handle, NumberedBorder } from './borders';
import { labelPoint, positionsOf, boundsOf } from './geometry';
import { outlines } from './cells';
import type { View } from './store.svelte';
import type { Block, Bounds, Collection, Effect, Feature, Finding, Geometry, Grid, MovedPlace, Position, Ref } from './types';

/** Load against the mean, from light to heavy; told apart also without red and green. */
export const loadColors: readonly [number, string][] = [[0, '#4f93c9'], [0.55, '#a9cfe9'], [0.85, '#eef1ee'], [1.15, '#fbd3ae'], [1.45, '#ec8a4b']];
export const ink = { free: '#17324d', fixed: '#5b6875', chosen: '#111827', ghost: '#b3261e', problem: '#b3261e', accent: '#d1603d', cell: '#6d4aa8' } as const;

const kinds = ['grid', 'label', 'border', 'problem', 'ghost', 'ghost-border', 'cell', 'block', 'box', 'handle', 'spot', 'moved', 'pull'] as const;
type Kind = (typeof kinds)[number];
const source = (kind: Kind) => `ed-${kind}`;
const promoted: Partial<Record<Kind, string>> = { grid: 'ref', label: 'ref', border: 'n', block: 'number' };

/** A tile of a pattern: dots for what is changed, stripes for what is wrong. */
function pattern(size: number, on: (x: number, y: number) => boolean, [r, g, b, a]: readonly [number, number, number, number]): { width: number; height: number; data: Uint8ClampedArray } {
  const data = new Uint8ClampedArray(size * size * 4);
  for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) if (on(x, y)) data.set([r, g, b, a], (y * size + x) * 4);
  return { width: size, height: size, data };
}
const images = {
  'ed-dots': pattern(10, (x, y) => (x - 2) ** 2 + (y - 2) ** 2 < 3 || (x - 7) ** 2 + (y - 7) ** 2 < 3, [23, 50, 77, 150]),
  'ed-stripes': pattern(8, (x, y) => (x + y) % 8 < 2, [179, 38, 30, 190]),
};

const state = (name: string, on: unknown, off: unknown): ExpressionSpecification => ['case', ['boolean', ['feature-state', name], false], on, off] as unknown as ExpressionSpecification;
const fill = (mean: number): ExpressionSpecification => ['step', ['/', ['get', 'minutes'], Math.max(mean, 1)], ...loadColors.flatMap(([from, color], i) => (i === 0 ? [color] : [from, color]))] as unknown as ExpressionSpecification;

/** Warnings about single buildings show from near only: a town has hundreds. */
const near = (opacity: number): ExpressionSpecification => ['step', ['zoom'], ['case', ['get', 'small'], 0, opacity], 14, opacity] as unknown as ExpressionSpecification;

function layers(): [before: 'town-line' | '', LayerSpecification][] {
  const text = { 'text-font': font, 'text-size': 12 };
  const round = { 'line-cap': 'round', 'line-join': 'round' };
  const out = [
    ['town-line', { id: 'ed-dim', type: 'background', paint: { 'background-color': '#ffffff', 'background-opacity': 0.5 } }],
    ['town-line', { id: 'ed-fill', type: 'fill', source: source('grid'), paint: { 'fill-color': fill(1), 'fill-opacity': state('hover', 0.72, 0.5) } }],
    ['town-line', { id: 'ed-changed', type: 'fill', source: source('grid'), filter: ['boolean', ['get', 'changed'], false], paint: { 'fill-pattern': 'ed-dots', 'fill-opacity': 0.7 } }],
    ['', { id: 'ed-block-fill', type: 'fill', source: source('block'), paint: { 'fill-color': ink.cell, 'fill-opacity': state('hover', 0.4, 0.06) } }],
    ['', { id: 'ed-block-line', type: 'line', source: source('block'), paint: { 'line-color': ink.cell, 'line-width': 1.4, 'line-dasharray': [2, 1.5] } }],
    ['', { id: 'ed-border', type: 'line', source: source('border'), layout: round, paint: { 'line-color': ['case', ['get', 'fixed'], ink.fixed, ink.free], 'line-width': ['interpolate', ['linear'], ['zoom'], 11, ['case', ['get', 'fixed'], 1.2, 0.6], 15, ['case', ['get', 'fixed'], 3, 1.6]] } }],
    ['', { id: 'ed-problem-fill', type: 'fill', source: source('problem'), filter: ['in', ['geometry-type'], ['literal', ['Polygon', 'MultiPolygon']]], paint: { 'fill-pattern': 'ed-stripes', 'fill-opacity': near(0.8) } }],
    ['', { id: 'ed-problem-line', type: 'line', source: source('problem'), filter: ['!=', ['geometry-type'], 'Point'], paint: { 'line-color': ink.problem, 'line-width': 2.4, 'line-dasharray': [2, 1], 'line-opacity': near(1) } }],
    ['', { id: 'ed-hover', type: 'line', source: source('grid'), layout: round, paint: { 'line-color': ink.chosen, 'line-width': 2, 'line-opacity': state('hover', 0.8, 0) } }],
    ['', { id: 'ed-chosen-case', type: 'line', source: source('grid'), layout: round, paint: { 'line-color': '#ffffff', 'line-width': 8, 'line-opacity': state('chosen', 0.95, 0) } }],
    ['', { id: 'ed-chosen', type: 'line', source: source('grid'), layout: round, paint: { 'line-color': ink.chosen, 'line-width': 3.6, 'line-opacity': state('chosen', 1, 0) } }],
    ['', { id: 'ed-ghost-fill', type: 'fill', source: source('ghost'), paint: { 'fill-color': ink.accent, 'fill-opacity': 0.14 } }],
    ['', { id: 'ed-ghost-case', type: 'line', source: source('ghost-border'), layout: round, paint: { 'line-color': '#ffffff', 'line-width': 5, 'line-opacity': 0.9 } }],
    ['', { id: 'ed-ghost-line', type: 'line', source: source('ghost-border'), layout: { 'line-join': 'round' }, paint: { 'line-color': ink.accent, 'line-width': 2.6, 'line-dasharray': [3, 1.5] } }],
    ['', { id: 'ed-cell-fill', type: 'fill', source: source('cell'), paint: { 'fill-color': ink.cell, 'fill-opacity': 0.35 } }],
    ['', { id: 'ed-cell-line', type: 'line', source: source('cell'), paint: { 'line-color': ink.cell, 'line-width': 1.2 } }],
    ['', { id: 'ed-pull', type: 'line', source: source('pull'), paint: { 'line-color': ink.chosen, 'line-width': 2, 'line-dasharray': [1.5, 1.5] } }],
    ['', { id: 'ed-box-fill', type: 'fill', source: source('box'), paint: { 'fill-color': ink.chosen, 'fill-opacity': 0.06 } }],
    ['', { id: 'ed-box-line', type: 'line', source: source('box'), paint: { 'line-color': ink.chosen, 'line-width': 1.6, 'line-dasharray': [3, 2] } }],
    ['', { id: 'ed-moved', type: 'circle', source: source('moved'), paint: { 'circle-radius': ['interpolate', ['linear'], ['zoom'], 12, 2.5, 17, 6], 'circle-color': '#ffffff', 'circle-stroke-color': ink.accent, 'circle-stroke-width': 2.4 } }],
    ['', { id: 'ed-handle-middle', type: 'circle', source: source('handle'), filter: ['get', 'middle'], paint: { 'circle-radius': 3.6, 'circle-color': '#ffffff', 'circle-opacity': 0.75, 'circle-stroke-color': ink.free, 'circle-stroke-width': 1.2 } }],
    ['', { id: 'ed-handle', type: 'circle', source: source('handle'), filter: ['!', ['get', 'middle']], paint: { 'circle-radius': ['case', ['get', 'picked'], 8, 5.6], 'circle-color': ['case', ['get', 'picked'], ink.accent, ink.free], 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 2 } }],
    ['', { id: 'ed-name', type: 'symbol', source: source('label'), minzoom: 12.2, layout: { ...text, 'text-size': ['interpolate', ['linear'], ['zoom'], 12, 10, 16, 13], 'text-max-width': 8, 'text-field': ['step', ['zoom'], ['get', 'short'], 14.6, ['format', ['get', 'name'], {}, '\n', {}, ['get', 'figure'], { 'font-scale': 0.85 }]] }, paint: { 'text-color': ink.free, 'text-halo-color': '#ffffff', 'text-halo-width': 1.6 } }],
    // Errors are marked from afar, the many warnings when one is near enough to tell them apart.
    ['', { id: 'ed-problem-dot', type: 'circle', source: source('problem'), filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': ['step', ['zoom'], ['case', ['==', ['get', 'mark'], '✕'], 9, ['get', 'small'], 0, 3], 15, 9], 'circle-color': ink.problem, 'circle-stroke-color': '#ffffff', 'circle-stroke-width': ['step', ['zoom'], ['case', ['==', ['get', 'mark'], '✕'], 2, ['get', 'small'], 0, 1], 15, 2] } }],
    ['', { id: 'ed-problem-mark', type: 'symbol', source: source('problem'), filter: ['==', ['geometry-type'], 'Point'], layout: { ...text, 'text-field': ['step', ['zoom'], ['case', ['==', ['get', 'mark'], '✕'], '✕', ''], 15, ['get', 'mark']], 'text-size': 13, 'text-allow-overlap': true, 'text-ignore-placement': true }, paint: { 'text-color': '#ffffff' } }],
    ['', { id: 'ed-spot', type: 'circle', source: source('spot'), paint: { 'circle-radius': 13, 'circle-color': ink.problem, 'circle-opacity': 0.15, 'circle-stroke-color': ink.problem, 'circle-stroke-width': 2.4 } }],
    ['', { id: 'ed-spot-text', type: 'symbol', source: source('spot'), layout: { ...text, 'text-field': ['get', 'text'], 'text-size': 13, 'text-max-width': 14, 'text-anchor': 'top', 'text-offset': [0, 1.4], 'text-allow-overlap': true, 'text-ignore-placement': true }, paint: { 'text-color': '#7d1710', 'text-halo-color': '#ffffff', 'text-halo-width': 2.4 } }],
    ['', { id: 'ed-spot-mark', type: 'symbol', source: source('spot'), layout: { ...text, 'text-field': '✕', 'text-size': 17, 'text-allow-overlap': true, 'text-ignore-placement': true }, paint: { 'text-color': ink.problem, 'text-halo-color': '#ffffff', 'text-halo-width': 2 } }],
  ];
  return out as unknown as [before: 'town-line' | '', LayerSpecification][];
}

/** Layers of the map below that say the same as the editor's own, or stand in their way. */
const hidden = ['grid-line', 'grid-name', 'chosen-grid', 'chosen-unit', 'community-line', 'community-name'];

const none: Collection = { type: 'FeatureCollection', features: [] };
const feature = (geometry: Geometry, properties: Record<string, unknown> = {}): Feature => ({ type: 'Feature', geometry, properties });

/** The editor's own layers on a map: data in, nothing out. */
export class EditorMap implements View {
  private chosen = new Set<Ref>();
  private hovered: Ref | undefined;
  private block: number | undefined;
  private readonly was = new Map<string, 'visible' | 'none'>();

  /** The style must be loaded. minutes words a figure below a grid's name. */
  constructor(readonly map: MapLibre, private readonly minutes: (g: Grid) => string) {
    for (const [id, image] of Object.entries(images)) if (!map.hasImage(id)) map.addImage(id, image);
    for (const kind of kinds) {
      if (map.getSource(source(kind))) continue;
      map.addSource(source(kind), { type: 'geojson', data: none as GeoJSON.FeatureCollection, tolerance: kind === 'grid' || kind === 'border' ? 0.15 : 0.375, ...(promoted[kind] ? { promoteId: promoted[kind] } : {}) });
    }
    for (const [before, layer] of layers()) map.addLayer(layer, before && map.getLayer(before) ? before : undefined);
    for (const id of hidden) {
      if (!map.getLayer(id)) continue;
      this.was.set(id, map.getLayoutProperty(id, 'visibility') === 'none' ? 'none' : 'visible');
      map.setLayoutProperty(id, 'visibility', 'none');
    }
  }

  /** Leaves the map as it was found. */
  remove(): void {
    for (const [, layer] of layers()) if (this.map.getLayer(layer.id)) this.map.removeLayer(layer.id);
    for (const kind of kinds) if (this.map.getSource(source(kind))) this.map.removeSource(source(kind));
    this.map.setLayoutProperty('town-name', 'visibility', 'visible');
    for (const [id, visibility] of this.was) if (this.map.getLayer(id)) this.map.setLayoutProperty(id, 'visibility', visibility);
  }

  private put(kind: Kind, features: readonly Feature[]): void {
    void (this.map.getSource(source(kind)) as GeoJSONSource | undefined)?.setData({ type: 'FeatureCollection', features: features as unknown as GeoJSON.Feature[] });
  }
  private patch(kind: Kind, remove: readonly (string | number)[], add: readonly Feature[]): void {
    if (remove.length + add.length === 0) return;
    void (this.map.getSource(source(kind)) as GeoJSONSource | undefined)?.updateData({ remove: [...remove], add: add as unknown as GeoJSON.Feature[] });
  }

  private label(g: Grid): Feature {
    const { ref, code, name } = g.properties;
    return { ...feature({ type: 'Point', coordinates: labelPoint(g.geometry) }, { ref, name, short: code.slice(-3), figure: this.minutes(g) }), id: ref };
  }
  private border(b: NumberedBorder): Feature {
    return { ...feature(b.geometry, { n: b.id, fixed: b.properties.fixed }), id: b.id };
  }

  load(grids: ReadonlyMap<Ref, Grid>, borders: Borders): void {
    const all = [...grids.values()];
    if (this.map.getLayer('town-name')) this.map.setLayoutProperty('town-name', 'visibility', all.length ? 'none' : 'visible');
    this.put('grid', all as unknown as Feature[]);
    this.put('label', all.map((g) => this.label(g)));
    this.put('border', [...borders.all()].map((b) => this.border(b)));
  }

  change(ended: readonly Ref[], grids: readonly Grid[], borders: BorderDiff): void {
    this.patch('grid', ended, grids as unknown as Feature[]);
    this.patch('label', ended, grids.map((g) => this.label(g)));
    this.patch('border', borders.remove, borders.add.map((b) => this.border(b)));
  }

  mean(mean: number): void {
    if (this.map.getLayer('ed-fill')) this.map.setPaintProperty('ed-fill', 'fill-color', fill(mean));
  }

  choose(refs: readonly Ref[]): void {
    const next = new Set(refs);
    for (const ref of this.chosen) if (!next.has(ref)) this.flag('grid', ref, { chosen: false });
    for (const ref of next) if (!this.chosen.has(ref)) this.flag('grid', ref, { chosen: true });
    this.chosen = next;
  }
  hover(ref: Ref | undefined): void {
    if (ref === this.hovered) return;
    if (this.hovered !== undefined) this.flag('grid', this.hovered, { hover: false });
    if (ref !== undefined) this.flag('grid', ref, { hover: true });
    this.hovered = ref;
  }
  hoverBlock(id: number | undefined): void {
    if (id === this.block) return;
    if (this.block !== undefined) this.flag('block', this.block, { hover: false });
    if (id !== undefined) this.flag('block', id, { hover: true });
    this.block = id;
  }
  private flag(kind: Kind, id: string | number, flags: Record<string, boolean>): void {
    if (this.map.getSource(source(kind))) this.map.setFeatureState({ source: source(kind), id }, flags);
  }

  /** What an operation would make of the grids it touches. */
  ghost(effect: Effect | undefined): void {
    this.put('ghost', (effect?.features.features ?? []) as unknown as Feature[]);
    this.put('ghost-border', (effect?.borders.features ?? []).filter((b) => !b.properties.fixed) as unknown as Feature[]);
    this.moved(effect?.moved.items ?? []);
  }
  moved(items: readonly MovedPlace[]): void {
    this.put('moved', items.map((m) => feature({ type: 'Point', coordinates: m.at }, { id: m.id })));
  }

  problems(found: readonly Finding[]): void {
    const out: Feature[] = [];
    for (const f of found) {
      const small = f.severity === 'warning' && (f.rule === 'building_cut' || f.rule === 'compound_divided');
      if (f.geometry && f.geometry.type !== 'Point') out.push(feature(f.geometry, { small }));
      const at = f.at ?? (f.geometry ? centre(f.geometry) : undefined);
      if (at) out.push(feature({ type: 'Point', coordinates: at }, { small, mark: f.severity === 'error' ? '✕' : '!' }));
    }
    this.put('problem', out);
  }

  /** Marks a place and says in words what is wrong there. */
  spot(at: Position | null | undefined, text = ''): void { this.put('spot', at ? [feature({ type: 'Point', coordinates: at }, { text })] : []); }
  cells(cells: Iterable<string>): void { this.put('cell', outlines(cells).features as unknown as Feature[]); }
  blocks(blocks: readonly Block[]): void {
    this.hoverBlock(undefined);
    this.put('block', blocks as unknown as Feature[]);
  }
  box(bounds: Bounds | undefined): void {
    const [w, s, e, n] = bounds ?? [0, 0, 0, 0];
    this.put('box', bounds ? [feature({ type: 'Polygon', coordinates: [[[w, s], [e, s], [e, n], [w, n], [w, s]]] })] : []);
  }
  area(line: readonly Position[] | undefined): void {
    this.put('box', line && line.length > 2 ? [feature({ type: 'Polygon', coordinates: [[...line]] })] : []);
  }
  handles(list: readonly Handle[], picked: Position | undefined): void {
    this.put('handle', list.map((h, i) => feature({ type: 'Point', coordinates: h.at }, { i, middle: h.middle, picked: !!picked && picked[0] === h.at[0] && picked[1] === h.at[1] })));
  }
  /** Lines from a dragged corner to its neighbours, at once and before any answer. */
  pull(at: Position | undefined, neighbours: readonly Position[]): void {
    this.put('pull', at ? neighbours.map((n) => feature({ type: 'LineString', coordinates: [n, at] })) : []);
  }
}

/** The middle of a geometry's box. */
export function centre(g: Geometry): Position | undefined {
  const b = boundsOf(positionsOf(g));
  return b && [(b[0] + b[2]) / 2, (b[1] + b[3]) / 2];
}
