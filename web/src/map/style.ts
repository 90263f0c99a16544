import type { ExpressionSpecification, LayerSpecification, SourceSpecification, StyleSpecification } from 'maplibre-gl';
import type { Layer } from '../api/types';
import palette from './palette.json';

/** The service's own styles have their colours from there too. */
const { base, text } = palette;

/** Local fonts only: without a glyphs URL the browser draws every label. */
export const font = palette.fonts;

export type Mode = 'layers' | 'heat' | 'coverage';

/** Colours from light to dark, told apart also without red and green. */
export const heatColors = palette.heat;
export const coverageColors = palette.coverage;
export const stateColors = palette.states;
/** A share's colour, and what of it can be read on it; none due has stripes. */
export const shadeColors = { ...coverageColors, none: palette.none.ground };
export const inkOnShade = (shade: keyof typeof shadeColors): string => (shade === 'low' || shade === 'complete' ? text.light : text.dark);
/** Grades of evidence from good to bad, with their letter always beside them. */
export const gradeColors = palette.grades;

/** The colour of text on a state's colour, so that it can be read. */
export const inkOn = (state: keyof typeof stateColors): string => (state === 'open' || state === 'not_due' || state === 'excused' || state === 'attempted' ? text.dark : text.light);

const rgb = (hex: string): number[] => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

/** Stripes that say "none due": neither covered nor missing. */
export const hatch = { id: 'none-due', size: 8, stripe: rgb(palette.none.stripe), ground: rgb(palette.none.ground) };

export function hatchImage(): { width: number; height: number; data: Uint8ClampedArray } {
  const { size, stripe, ground } = hatch;
  const data = new Uint8ClampedArray(size * size * 4);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const on = (x + y) % size < 2;
      data.set([...(on ? stripe : ground), 255], (y * size + x) * 4);
    }
  }
  return { width: size, height: size, data };
}

/** What stands before the address of tiles that columntiles.ts draws. */
export const columnScheme = 'h3t';

/** Heat comes as columns, an eighth of the bytes, and is drawn here; all else as vector tiles. */
export const tileUrl = (origin: string, layer: string, query = ''): string => `${layer === 'heat' ? `${columnScheme}://` : ''}${origin}/tiles/${layer}/{z}/{x}/{y}.${layer === 'heat' ? 'h3t' : 'mvt'}${query ? `?${query}` : ''}`;

export function source(origin: string, layer: string, minzoom: number, maxzoom: number, query = ''): SourceSpecification {
  return { type: 'vector', tiles: [tileUrl(origin, layer, query)], minzoom, maxzoom, ...(layer === 'units' || layer === 'grids' ? { promoteId: 'code' } : {}) };
}

/** The map without data: what lies below everything. */
export function baseStyle(origin: string, layers: readonly Layer[]): StyleSpecification {
  const sources: Record<string, SourceSpecification> = { units: source(origin, 'units', 0, 14), grids: source(origin, 'grids', 10, 16) };
  for (const l of layers) sources[l.name] = source(origin, l.name, l.minzoom, l.maxzoom);
  const out: LayerSpecification[] = [
    { id: 'sea', type: 'background', paint: { 'background-color': base.sea } },
    { id: 'land', type: 'fill', source: 'units', 'source-layer': 'units', filter: ['==', ['get', 'kind'], 'district'], paint: { 'fill-color': base.land } },
  ];
  if (sources.green) out.push({ id: 'green', type: 'fill', source: 'green', 'source-layer': 'green', paint: { 'fill-color': ['match', ['get', 'kind'], 'farmland', base.farmland, base.green] } });
  if (sources.water) out.push({ id: 'water', type: 'fill', source: 'water', 'source-layer': 'water', paint: { 'fill-color': base.water } });
  if (sources.street) {
    const width = (scale: number): LayerSpecification['paint'] => ({ 'line-width': ['interpolate', ['exponential', 1.6], ['zoom'], 9, ['match', ['get', 'highway'], ['motorway', 'primary'], 1.2 * scale, 'secondary', 0.6 * scale, 0.15 * scale], 16, ['match', ['get', 'highway'], ['motorway', 'primary'], 15 * scale, 'secondary', 10 * scale, 'tertiary', 7 * scale, 4 * scale]] }) as LayerSpecification['paint'];
    out.push(
      { id: 'street-case', type: 'line', source: 'street', 'source-layer': 'street', minzoom: 12, layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { ...width(1.25), 'line-color': base.streetCase } } as LayerSpecification,
      { id: 'street', type: 'line', source: 'street', 'source-layer': 'street', filter: ['any', ['in', ['get', 'highway'], ['literal', ['motorway', 'primary', 'secondary']]], ['>=', ['zoom'], 12]], layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { ...width(1), 'line-color': ['match', ['get', 'highway'], ['motorway', 'primary'], base.mainStreet, base.street] } } as LayerSpecification,
    );
  }
  out.push(
    { id: 'town-line', type: 'line', source: 'units', 'source-layer': 'units', filter: ['==', ['get', 'kind'], 'town'], paint: { 'line-color': base.town, 'line-width': ['interpolate', ['linear'], ['zoom'], 9, 0.8, 14, 2] } },
    { id: 'community-line', type: 'line', source: 'units', 'source-layer': 'units', minzoom: 11, filter: ['==', ['get', 'kind'], 'community'], paint: { 'line-color': base.community, 'line-width': 0.8, 'line-dasharray': [3, 2] } },
    { id: 'park-line', type: 'line', source: 'units', 'source-layer': 'units', filter: ['==', ['get', 'kind'], 'park'], paint: { 'line-color': base.park, 'line-width': 2, 'line-dasharray': [4, 2] } },
    { id: 'chosen-unit', type: 'line', source: 'units', 'source-layer': 'units', filter: ['==', ['get', 'code'], ''], paint: { 'line-color': base.chosen, 'line-width': 3 } },
    { id: 'chosen-grid', type: 'line', source: 'grids', 'source-layer': 'grids', filter: ['==', ['get', 'code'], ''], paint: { 'line-color': base.chosen, 'line-width': 3 } },
    { id: 'grid-line', type: 'line', source: 'grids', 'source-layer': 'grids', minzoom: 13, layout: { visibility: 'none' }, paint: { 'line-color': base.grid, 'line-width': 1.1, 'line-opacity': 0.75 } },
  );
  return { version: 8, sources, layers: out };
}

/** Names last, above everything. */
export function labels(): LayerSpecification[] {
  const name: ExpressionSpecification = ['coalesce', ['get', 'name'], ''];
  return [
    { id: 'street-name', type: 'symbol', source: 'street', 'source-layer': 'street', minzoom: 14, layout: { 'symbol-placement': 'line', 'text-field': name, 'text-font': font, 'text-size': 11 }, paint: { 'text-color': text.street, 'text-halo-color': text.halo, 'text-halo-width': 1.4 } } as LayerSpecification,
    { id: 'grid-name', type: 'symbol', source: 'grids', 'source-layer': 'grids-labels', minzoom: 14.5, layout: { visibility: 'none', 'text-field': name, 'text-font': font, 'text-size': 11, 'text-max-width': 7, 'text-offset': [0, 1.4] }, paint: { 'text-color': text.grid, 'text-halo-color': text.halo, 'text-halo-width': 1.4 } } as LayerSpecification,
    { id: 'community-name', type: 'symbol', source: 'units', 'source-layer': 'units-labels', minzoom: 12.5, filter: ['==', ['get', 'kind'], 'community'], layout: { 'text-field': name, 'text-font': font, 'text-size': 12, 'text-max-width': 7 }, paint: { 'text-color': text.community, 'text-halo-color': text.halo, 'text-halo-width': 1.5 } } as LayerSpecification,
    { id: 'town-name', type: 'symbol', source: 'units', 'source-layer': 'units-labels', maxzoom: 12.5, filter: ['in', ['get', 'kind'], ['literal', ['town', 'park']]], layout: { 'text-field': name, 'text-font': font, 'text-size': ['interpolate', ['linear'], ['zoom'], 9, 11, 12, 15], 'text-letter-spacing': 0.06 }, paint: { 'text-color': text.town, 'text-halo-color': text.halo, 'text-halo-width': 1.8 } } as LayerSpecification,
  ];
}

/** How a layer of places is drawn. */
export function placeLayers(l: Layer): LayerSpecification[] {
  const common = { source: l.name, 'source-layer': l.name, layout: { visibility: 'none' } };
  const polygon = ['in', ['geometry-type'], ['literal', ['Polygon', 'MultiPolygon']]];
  return [
    { ...common, id: `${l.name}-fill`, type: 'fill', filter: polygon, paint: { 'fill-color': l.color, 'fill-opacity': l.name === 'building' ? 0.85 : 0.4, 'fill-outline-color': l.name === 'building' ? base.buildingLine : l.color } } as unknown as LayerSpecification,
    { ...common, id: `${l.name}-point`, type: 'circle', filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-color': l.color, 'circle-radius': ['interpolate', ['linear'], ['zoom'], 12, 2, 16, 6], 'circle-stroke-color': '#ffffff', 'circle-stroke-width': ['interpolate', ['linear'], ['zoom'], 12, 0.3, 16, 1.4] } } as unknown as LayerSpecification,
  ];
}

/** By zoom each class's lower bound, ascending: GET /tiles/heat.json says them. */
export type HeatLegends = Readonly<Record<string, readonly number[]>>;

/**
 * A hexagon's colour by its weight. The bounds are those of a whole zoom, so
 * that two tiles never colour one weight differently.
 */
export function heatColor(legends: HeatLegends): ExpressionSpecification {
  // Where nothing is found every bound is nought, and steps must ascend.
  const byWeight = (bounds: readonly number[]) => {
    const steps = bounds.flatMap((b, i) => (i > 0 && b > (bounds[i - 1] ?? b) ? [b, heatColors[i]] : []));
    return steps.length ? ['step', ['get', 'weight'], heatColors[0], ...steps] : ['to-color', heatColors[0]];
  };
  const zooms = Object.keys(legends).map(Number).sort((a, b) => a - b);
  const [first, ...others] = zooms;
  if (first === undefined) return ['to-color', heatColors[0] ?? ''];
  if (!others.length) return byWeight(legends[String(first)] ?? []) as unknown as ExpressionSpecification;
  return ['step', ['zoom'], byWeight(legends[String(first)] ?? []), ...others.flatMap((z) => [z, byWeight(legends[String(z)] ?? [])])] as unknown as ExpressionSpecification;
}

/** A class of a legend: its colour, and the value from which it holds, or beyond which. */
export interface LegendClass { color: string; from: number; beyond: boolean }

/**
 * What a legend says of classes, with three digits. Many hexagons may have one
 * value: classes that it has for itself read alike, and the last of them is what
 * lies beyond.
 */
export function legendClasses(bounds: readonly number[]): LegendClass[] {
  const out: LegendClass[] = [];
  bounds.forEach((bound, i) => {
    const from = Number(bound.toPrecision(3));
    const beyond = out.at(-1)?.from === from;
    if (beyond && out.at(-1)?.beyond) out.pop();
    out.push({ color: heatColors[i] ?? '', from, beyond });
  });
  return out;
}

/** The bounds that colour hexagons at a zoom of the map. */
export function boundsAt(legends: HeatLegends, zoom: number): readonly number[] {
  const zooms = Object.keys(legends).map(Number);
  return legends[String(Math.min(Math.max(Math.floor(zoom), Math.min(...zooms)), Math.max(...zooms)))] ?? [];
}

export function heatLayers(): LayerSpecification[] {
  return [{ id: 'heat', type: 'fill', source: 'heat', 'source-layer': 'heat', paint: { 'fill-color': heatColor({}), 'fill-opacity': 0.78, 'fill-outline-color': palette.hexagonLine } } as unknown as LayerSpecification];
}

/** A ring around the place that is open. */
export function markLayers(): LayerSpecification[] {
  const ring = (id: string, color: string, width: number): LayerSpecification => ({ id, type: 'circle', source: 'mark', paint: { 'circle-radius': 12, 'circle-color': 'rgba(0,0,0,0)', 'circle-stroke-color': color, 'circle-stroke-width': width } });
  return [ring('mark-case', '#ffffff', 6), ring('mark', '#111111', 2.6)];
}

export function coverageLayers(): LayerSpecification[] {
  const c = coverageColors;
  const shade = ['case', ['get', 'complete'], c.complete, ['<', ['get', 'pct'], 70], c.low, ['<', ['get', 'pct'], 85], c.fair, ['<', ['get', 'pct'], 95], c.good, c.near];
  return [
    { id: 'areas-none', type: 'fill', source: 'coverage', 'source-layer': 'areas', filter: ['all', ['!', ['has', 'complete']], ['!=', ['get', 'kind'], 'park']], paint: { 'fill-pattern': hatch.id, 'fill-opacity': ['interpolate', ['linear'], ['zoom'], 12, 0.8, 15, 0.4] } } as unknown as LayerSpecification,
    { id: 'areas', type: 'fill', source: 'coverage', 'source-layer': 'areas', filter: ['all', ['has', 'complete'], ['!=', ['get', 'kind'], 'park']], paint: { 'fill-color': shade, 'fill-opacity': ['interpolate', ['linear'], ['zoom'], 12, 0.8, 15, 0.4] } } as unknown as LayerSpecification,
    { id: 'areas-park', type: 'fill', source: 'coverage', 'source-layer': 'areas', filter: ['all', ['has', 'complete'], ['==', ['get', 'kind'], 'park']], paint: { 'fill-color': shade } } as unknown as LayerSpecification,
    { id: 'areas-line', type: 'line', source: 'coverage', 'source-layer': 'areas', paint: { 'line-color': '#ffffff', 'line-width': 1 } } as unknown as LayerSpecification,
    { id: 'states', type: 'circle', source: 'coverage', 'source-layer': 'places', layout: { 'circle-sort-key': ['match', ['get', 'state'], 'met', 0, 'excused', 1, 'open', 2, 'attempted', 3, 'overdue', 4, 'disputed', 5, 0] }, paint: { 'circle-color': ['match', ['get', 'state'], 'met', stateColors.met, 'attempted', stateColors.attempted, 'open', stateColors.open, 'overdue', stateColors.overdue, 'excused', stateColors.excused, 'disputed', stateColors.disputed, stateColors.not_due], 'circle-radius': ['interpolate', ['linear'], ['zoom'], 13, 2, 16, 5.5], 'circle-stroke-color': '#ffffff', 'circle-stroke-width': ['interpolate', ['linear'], ['zoom'], 13, 0.3, 16, 1.2] } } as unknown as LayerSpecification,
  ];
}
