import type { Map as MapLibre } from 'maplibre-gl';
import type { EditorStore } from '../store.svelte';
import { lattice } from '../geometry';
import { linesOf, metresPerPixel, snap, type Snappable, type Snapped } from '../snapping';
import type { Bounds, Position } from '../types';

/** Pixels within which a pointer snaps. */
const reach = 10;

/** Snaps to the borders and the streets that are in view. */
export class Snapper {
  private lines: Snappable[] | undefined;
  private readonly forget = () => (this.lines = undefined);
  private readonly tiles = (e: { sourceId?: string }) => { if (e.sourceId === 'street') this.forget(); };

  constructor(private readonly map: MapLibre, private readonly store: EditorStore) {
    map.on('moveend', this.forget);
    map.on('sourcedata', this.tiles);
  }

  remove(): void {
    this.map.off('moveend', this.forget);
    this.map.off('sourcedata', this.tiles);
  }

  /** The borders changed. */
  refresh(): void {
    this.forget();
  }

  get metresPerPixel(): number {
    return metresPerPixel(this.map.getZoom(), this.map.getCenter().lat);
  }

  get bounds(): Bounds {
    const b = this.map.getBounds();
    return [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()];
  }

  /** Where a pointer snaps to, if snapping is on and anything is near; not to the corner that is being moved. */
  find(p: Position, except?: Position): Snapped | undefined {
    if (!this.store.snapping) return undefined;
    this.lines ??= [
      ...this.store.borders.within(this.bounds).map((b): Snappable => ({ kind: 'border', line: b.geometry.coordinates })),
      ...(this.map.getZoom() >= 13 && this.map.getSource('street') ? linesOf(this.map.querySourceFeatures('street', { sourceLayer: 'street' }), 'street') : []),
    ];
    const lines = except ? this.lines.filter((l) => l.kind === 'street' || !l.line.some((q) => q[0] === except[0] && q[1] === except[1])) : this.lines;
    return snap(p, lines, reach * this.metresPerPixel);
  }

  at(p: Position, except?: Position): Position {
    return lattice(this.find(p, except)?.at ?? p);
  }
}
