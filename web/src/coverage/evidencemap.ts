import type { GeoJSONSource, LayerSpecification, Map as MapLibre } from 'maplibre-gl';
import { font } from '../map/style';
import type { Drawing } from './drawing';

export const evidenceInk = { hit: '#c0182b', other: '#ffffff', edge: '#17324d', line: '#d1603d', place: '#2166ac' } as const;

const sources = ['ev-track', 'ev-line', 'ev-place', 'ev-point'] as const;

const layers = [
  { id: 'ev-dim', type: 'background', paint: { 'background-color': '#ffffff', 'background-opacity': 0.45 } },
  { id: 'ev-track-case', type: 'line', source: 'ev-track', layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': '#ffffff', 'line-width': 6, 'line-opacity': 0.9 } },
  { id: 'ev-track', type: 'line', source: 'ev-track', layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': evidenceInk.edge, 'line-width': 2.2, 'line-opacity': 0.75 } },
  { id: 'ev-track-way', type: 'symbol', source: 'ev-track', layout: { 'symbol-placement': 'line', 'symbol-spacing': 90, 'text-field': '▶', 'text-font': font, 'text-size': 11, 'text-keep-upright': false, 'text-allow-overlap': true, 'text-ignore-placement': true }, paint: { 'text-color': evidenceInk.edge, 'text-halo-color': '#ffffff', 'text-halo-width': 1.5 } },
  { id: 'ev-line-case', type: 'line', source: 'ev-line', layout: { 'line-cap': 'round' }, paint: { 'line-color': '#ffffff', 'line-width': ['case', ['get', 'dense'], 2, 5], 'line-opacity': 0.85 } },
  { id: 'ev-line', type: 'line', source: 'ev-line', layout: { 'line-cap': 'round' }, paint: { 'line-color': evidenceInk.line, 'line-width': ['case', ['get', 'dense'], 1.1, 2], 'line-dasharray': [2.4, 1.6] } },
  { id: 'ev-place', type: 'circle', source: 'ev-place', paint: { 'circle-radius': ['case', ['get', 'dense'], 2.6, 5], 'circle-color': '#ffffff', 'circle-stroke-color': evidenceInk.place, 'circle-stroke-width': ['case', ['get', 'dense'], 1.6, 2.6] } },
  { id: 'ev-point', type: 'circle', source: 'ev-point', layout: { 'circle-sort-key': ['case', ['get', 'hit'], 1, 0] }, paint: { 'circle-radius': ['case', ['get', 'dense'], 3.6, ['get', 'hit'], 6.5, 4.5], 'circle-color': ['case', ['get', 'hit'], evidenceInk.hit, evidenceInk.other], 'circle-stroke-color': ['case', ['get', 'hit'], '#ffffff', evidenceInk.edge], 'circle-stroke-width': ['case', ['get', 'dense'], 0.8, 1.8] } },
  { id: 'ev-time', type: 'symbol', source: 'ev-point', layout: { 'text-field': ['get', 'label'], 'text-font': font, 'text-size': 11.5, 'text-variable-anchor': ['left', 'right', 'top', 'bottom'], 'text-radial-offset': 0.8, 'symbol-sort-key': ['case', ['get', 'hit'], 0, 1] }, paint: { 'text-color': ['case', ['get', 'hit'], '#7d1710', evidenceInk.edge], 'text-halo-color': '#ffffff', 'text-halo-width': 1.8 } },
] as unknown as LayerSpecification[];

type Feature = GeoJSON.Feature;
const point = (coordinates: number[], properties: Record<string, unknown> = {}): Feature => ({ type: 'Feature', geometry: { type: 'Point', coordinates }, properties });
const line = (coordinates: number[][], properties: Record<string, unknown> = {}): Feature => ({ type: 'Feature', geometry: { type: 'LineString', coordinates }, properties });

/** The layers that show why: a drawing in, nothing out. */
export class EvidenceMap {
  /** The style must be loaded. */
  constructor(private readonly map: MapLibre) {
    for (const id of sources) if (!map.getSource(id)) map.addSource(id, { type: 'geojson', data: { type: 'FeatureCollection', features: [] } });
    for (const layer of layers) if (!map.getLayer(layer.id)) map.addLayer(layer);
    this.show(undefined);
  }

  show(d: Drawing | undefined): void {
    const put = (id: (typeof sources)[number], features: Feature[]) => void (this.map.getSource(id) as GeoJSONSource | undefined)?.setData({ type: 'FeatureCollection', features });
    put('ev-track', d && d.track.length > 1 ? [line(d.track)] : []);
    put('ev-line', (d?.lines ?? []).map((ends) => line(ends, { dense: d?.dense })));
    put('ev-place', (d?.places ?? []).map((at) => point(at, { dense: d?.dense })));
    put('ev-point', (d?.points ?? []).map((p) => point(p.at, { hit: p.hit, label: p.label, dense: d?.dense })));
    this.map.setLayoutProperty('ev-dim', 'visibility', d ? 'visible' : 'none');
  }

  /** Leaves the map as it was found. */
  remove(): void {
    for (const { id } of layers) if (this.map.getLayer(id)) this.map.removeLayer(id);
    for (const id of sources) if (this.map.getSource(id)) this.map.removeSource(id);
  }
}
