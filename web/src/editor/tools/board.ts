import type { Map as MapLibre } from 'maplibre-gl';
import { TerraDraw, TerraDrawLineStringMode, TerraDrawPolygonMode, TerraDrawRenderMode } from 'terra-draw';
import { TerraDrawMapLibreGLAdapter } from 'terra-draw-maplibre-gl-adapter';
import { ink } from '../layers';
import type { Position } from '../types';
import type { Snapper } from './snapper';

type Mode = 'linestring' | 'polygon';
export interface Drawing { changed(line: Position[]): void; finished(line: Position[]): void }

/** The drawing library on the map: one line or ring at a time. */
export class Board {
  private readonly draw: TerraDraw;
  private readonly line: TerraDrawLineStringMode;
  private readonly polygon: TerraDrawPolygonMode;
  private drawing: { mode: Mode; to: Drawing } | undefined;

  constructor(private readonly map: MapLibre, snapper: Snapper) {
    const snapping = { toCustom: (e: { lng: number; lat: number }) => snapper.find([e.lng, e.lat])?.at };
    const points = { closingPointColor: ink.accent, closingPointWidth: 6, closingPointOutlineColor: '#ffffff', closingPointOutlineWidth: 2, coordinatePointColor: ink.chosen, coordinatePointWidth: 4, coordinatePointOutlineColor: '#ffffff', coordinatePointOutlineWidth: 1.5, snappingPointColor: '#2166ac', snappingPointWidth: 6, snappingPointOutlineColor: '#ffffff', snappingPointOutlineWidth: 2 } as const;
    // Keys are the editor's: they work wherever the focus is, not on the canvas only.
    this.line = new TerraDrawLineStringMode({ snapping, keyEvents: null, showCoordinatePoints: true, styles: { ...points, lineStringColor: ink.chosen, lineStringWidth: 3 } });
    this.polygon = new TerraDrawPolygonMode({ snapping, keyEvents: null, showCoordinatePoints: true, styles: { ...points, fillColor: ink.chosen, fillOpacity: 0.08, outlineColor: ink.chosen, outlineWidth: 2.4 } });
    this.draw = new TerraDraw({ adapter: new TerraDrawMapLibreGLAdapter({ map, coordinatePrecision: 9 }), modes: [this.line, this.polygon, new TerraDrawRenderMode({ modeName: 'idle', styles: {} })] });
    this.draw.start();
    this.draw.setMode('idle');
    this.draw.on('change', () => {
      const now = this.current();
      if (now) this.drawing?.to.changed(now);
    });
    this.draw.on('finish', () => {
      const { drawing } = this;
      const now = this.current();
      this.clear();
      if (drawing && now) drawing.to.finished(now);
    });
  }

  begin(mode: Mode, to: Drawing): void {
    this.drawing = { mode, to };
    this.draw.setMode(mode);
  }

  end(): void {
    this.drawing = undefined;
    this.draw.clear();
    this.draw.setMode('idle');
    this.map.doubleClickZoom.enable();
  }

  /** Whether a drawing can be begun or is under way. */
  get active(): boolean {
    return this.drawing !== undefined;
  }

  /** Whether a first corner is set. */
  get begun(): boolean {
    return this.feature() !== undefined;
  }

  /** Ends by a key, without the place below the pointer that nobody clicked. */
  finish(): void {
    const { drawing } = this;
    const f = this.feature();
    if (!drawing || !f) return;
    const line = this.coordinates(f);
    const count = Number(f.properties.committedCoordinateCount ?? line.length);
    const set = line.slice(0, Math.max(count, 0));
    if (set.length < (drawing.mode === 'polygon' ? 3 : 2)) return;
    this.clear();
    drawing.to.finished(drawing.mode === 'polygon' ? [...set, set[0] as Position] : set);
  }

  /** Takes the last corner back; false if the drawing has none to spare. */
  back(): boolean {
    const mode = this.drawing?.mode === 'polygon' ? this.polygon : this.line;
    if (!this.begun || mode.undoSize() === 0) return false;
    mode.undo();
    return true;
  }

  clear(): void {
    this.draw.clear();
    if (this.drawing) this.draw.setMode(this.drawing.mode);
  }

  remove(): void {
    this.draw.stop();
  }

  private feature() {
    return this.draw.getSnapshot().find((f) => f.geometry.type === (this.drawing?.mode === 'polygon' ? 'Polygon' : 'LineString'));
  }
  private coordinates(f: { geometry: { type: string; coordinates: unknown } }): Position[] {
    return (f.geometry.type === 'Polygon' ? (f.geometry.coordinates as Position[][])[0] : (f.geometry.coordinates as Position[])) ?? [];
  }
  private current(): Position[] | undefined {
    const f = this.feature();
    return f && this.coordinates(f);
  }
}
