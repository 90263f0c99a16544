import { addProtocol, LngLatBounds, Map as MapLibre, type GeoJSONSource, type MapGeoJSONFeature, NavigationControl, ScaleControl, setWorkerUrl, type MapLayerMouseEvent, type LayerSpecification, type VectorTileSource } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import type { Layer } from '../api/types';
import { tilesOf, type Changed } from './changes';
import { drawClusters, hazardLayers } from './clusters';
import { baseStyle, columnScheme, coverageLayers, hatch, hatchImage, heatColor, heatLayers, labels, markLayers, placeLayers, source, tileUrl, type HeatLegends, type Mode } from './style';

setWorkerUrl(workerUrl);
// H3 is large: it is asked for when heat is first shown.
addProtocol(columnScheme, async (request, abort) => (await import('./columntiles')).loadColumns(request, abort));

export interface At { x: number; y: number }
export interface Spark { id: string; type: string; state: string; severity: number }

export interface Events {
  /** A place by its number in tiles. */
  place(number: number): void;
  unit(code: string, kind: string): void;
  /** A hexagon with what it counts; its places only where heat is asked per 100 of them. */
  heat(count: number, places: number | undefined, at: At): void;
  /** A hazard that stands alone. */
  hazard(spark: Spark, at: At): void;
  /** The map is going elsewhere, and is there. */
  leaves(): void;
  stands(zoom: number): void;
}

export type Padding = number | { left: number; right: number; top: number; bottom: number };

export interface Options {
  container: HTMLElement;
  token: string;
  layers: readonly Layer[];
  bounds: [number, number, number, number];
  /** Pixels that something else covers when the map is first seen. */
  padding?: Padding;
  events: Events;
}

/** Owns the map: sources and layers as data in, events out. */
export class MapController {
  readonly map: MapLibre;
  /** While grids are drawn, a click is the editor's. */
  editing = false;
  private readonly origin = location.origin;
  private readonly placeNames: string[];

  constructor(readonly options: Options) {
    const { container, layers, bounds } = options;
    this.placeNames = layers.filter((l) => l.group === 'object').map((l) => l.name);
    const style = baseStyle(this.origin, layers);
    style.sources.heat = source(this.origin, 'heat', 6, 16);
    style.sources.hazards = source(this.origin, 'hazards', 8, 16);
    style.sources.coverage = source(this.origin, 'coverage', 6, 16);
    const hidden = [...coverageLayers(), ...heatLayers(), ...hazardLayers()].map((l) => ({ ...l, layout: { ...l.layout, visibility: 'none' as const } }));
    // Areas go below the unit borders, hexagons and places above them, names on top.
    const at = style.layers.findIndex((l) => l.id === 'town-line');
    style.layers.splice(at, 0, ...(hidden.filter((l) => l.id.startsWith('areas')) as typeof style.layers));
    style.sources.mark = { type: 'geojson', data: { type: 'FeatureCollection', features: [] } };
    style.layers.push(...layers.filter((l) => l.group === 'object').flatMap(placeLayers), ...(hidden.filter((l) => !l.id.startsWith('areas')) as typeof style.layers), ...markLayers(), ...labels());
    this.map = new MapLibre({
      container, style, bounds: new LngLatBounds(bounds), fitBoundsOptions: { padding: options.padding ?? 40 }, ...this.common,
    });
    this.map.addControl(new NavigationControl({ showCompass: false }), 'bottom-right');
    this.map.addControl(new ScaleControl({}), 'bottom-right');
    this.map.once('style.load', () => this.map.addImage(hatch.id, hatchImage()));
    drawClusters(this.map);
    this.map.on('click', (e) => this.clicked(e));
    // Where the map stands, for whoever must find a place on the screen: the browser tests.
    const told = () => {
      const { lng, lat } = this.map.getCenter();
      container.dataset.view = [lng, lat, this.map.getZoom()].join();
      options.events.stands(this.map.getZoom());
    };
    this.map.on('movestart', () => options.events.leaves());
    this.map.on('moveend', told);
    this.map.once('load', told);
    for (const name of this.placeNames) for (const kind of ['fill', 'point']) this.pointer(`${name}-${kind}`);
    for (const name of ['states', 'areas', 'areas-none', 'areas-park', 'heat', 'hazard-point', 'hazard-cluster']) this.pointer(name);
  }

  private get common() {
    const { token } = this.options;
    return {
      attributionControl: false, dragRotate: false, pitchWithRotate: false, maxZoom: 19,
      transformRequest: (url: string) => (url.replace(`${columnScheme}://`, '').startsWith(this.origin) ? { url, headers: { Authorization: `Bearer ${token}` } } : { url }),
    } as const;
  }

  /** A second map of the same ground, to be laid over this one. */
  twin(container: HTMLElement): MapLibre {
    const style = baseStyle(this.origin, this.options.layers);
    const buildings = this.options.layers.filter((l) => l.name === 'building').flatMap(placeLayers).map((l) => ({ ...l, layout: {} }) as LayerSpecification);
    style.layers.push(...buildings, ...labels());
    return new MapLibre({ container, style, center: this.map.getCenter(), zoom: this.map.getZoom(), interactive: false, fadeDuration: 0, ...this.common });
  }

  private pointer(layer: string): void {
    this.map.on('mouseenter', layer, () => { if (!this.editing) this.map.getCanvas().style.cursor = 'pointer'; });
    this.map.on('mouseleave', layer, () => { if (!this.editing) this.map.getCanvas().style.cursor = ''; });
  }

  private clicked(e: MapLayerMouseEvent | { point: { x: number; y: number } }): void {
    if (this.editing) return;
    const near: [[number, number], [number, number]] = [[e.point.x - 3, e.point.y - 3], [e.point.x + 3, e.point.y + 3]];
    const shown = (ids: string[]) => ids.filter((id) => this.map.getLayer(id) && this.map.getLayoutProperty(id, 'visibility') !== 'none');
    const hazard = this.map.queryRenderedFeatures(near, { layers: shown(['hazard-point', 'hazard-cluster']) })[0];
    if (hazard) return this.hazard(hazard, e.point);
    const points = this.map.queryRenderedFeatures(near, { layers: shown(['states', ...this.placeNames.map((n) => `${n}-point`)]) });
    const fills = this.map.queryRenderedFeatures(e.point as never, { layers: shown(this.placeNames.map((n) => `${n}-fill`)) });
    const place = points[0] ?? fills[0];
    if (place) return this.options.events.place(Number(place.id));
    const hexagon = this.map.queryRenderedFeatures(e.point as never, { layers: shown(['heat']) })[0];
    if (hexagon) return this.options.events.heat(Number(hexagon.properties.count), hexagon.properties.places as number | undefined, e.point);
    const area = this.map.queryRenderedFeatures(e.point as never, { layers: shown(['areas-park', 'areas', 'areas-none']) })[0];
    if (area) this.options.events.unit(String(area.properties.code), String(area.properties.kind));
  }

  /** A cluster opens where it stands; from zoom 15 on the service has none. */
  private hazard({ geometry, properties }: MapGeoJSONFeature, at: At): void {
    const { id, type, state, count, max_severity } = properties as Record<string, unknown>;
    if (Number(count) > 1 && geometry.type === 'Point') this.map.easeTo({ around: geometry.coordinates as [number, number], zoom: Math.min(this.map.getZoom() + 2, 15) });
    else this.options.events.hazard({ id: String(id), type: String(type), state: String(state), severity: Number(max_severity) }, at);
  }

  private visible(id: string, on: boolean): void {
    if (this.map.getLayer(id)) this.map.setLayoutProperty(id, 'visibility', on ? 'visible' : 'none');
  }

  /** Shows exactly these layers of places and what the mode adds. */
  show(places: ReadonlySet<string>, grids: boolean, hazards: boolean, mode: Mode): void {
    this.ready(() => {
      for (const name of this.placeNames) for (const kind of ['fill', 'point']) this.visible(`${name}-${kind}`, places.has(name));
      for (const id of ['grid-line', 'grid-name']) this.visible(id, grids || mode === 'coverage');
      this.visible('heat', mode === 'heat');
      for (const id of ['hazard-point', 'hazard-cluster']) this.visible(id, hazards);
      for (const id of ['areas', 'areas-none', 'areas-park', 'areas-line', 'states']) this.visible(id, mode === 'coverage');
    });
  }

  /** Asks for other tiles of a set: another filter, another period. */
  filter(set: 'heat' | 'hazards' | 'coverage', query: string): void {
    this.ready(() => (this.map.getSource(set) as VectorTileSource | undefined)?.setTiles([tileUrl(this.origin, set, query)]));
  }

  /** Colours hexagons by the classes of what is asked for. */
  heatClasses(legends: HeatLegends): void {
    this.ready(() => this.map.setPaintProperty('heat', 'fill-color', heatColor(legends)));
  }

  /** Asks anew for the tiles that changed, and for no others. */
  refresh({ zoom, changed }: Changed): void {
    this.ready(() => {
      for (const [set, tiles] of Object.entries(changed)) {
        const of = this.map.getSource(set) as VectorTileSource | undefined;
        if (of) this.map.refreshTiles(set, tiles.flatMap(([x, y]) => tilesOf(zoom, x, y, of.minzoom, of.maxzoom)));
      }
    });
  }

  /** Asks anew for every tile of these sets. */
  refreshAll(sets: readonly string[]): void {
    this.ready(() => { for (const set of sets) if (this.map.getSource(set)) this.map.refreshTiles(set); });
  }

  /** Fulfilled when the map shows what it was last asked for; after a while in any case. */
  drawn(): Promise<void> {
    if (this.map.areTilesLoaded()) return Promise.resolve();
    return new Promise((done) => {
      const timer = setTimeout(done, 4000);
      this.map.once('idle', () => {
        clearTimeout(timer);
        done();
      });
    });
  }

  fly(bounds: [number, number, number, number], padding: Padding = 60): void {
    this.map.fitBounds(new LngLatBounds(bounds), { padding, maxZoom: 16, animate: !matchMedia('(prefers-reduced-motion: reduce)').matches });
  }

  /** Outlines one unit or grid; an empty code none. */
  outline(code: string): void {
    this.ready(() => { for (const id of ['chosen-unit', 'chosen-grid']) this.map.setFilter(id, ['==', ['get', 'code'], code]); });
  }

  /** Rings one place; none takes the ring away. */
  mark(at: [lon: number, lat: number] | undefined): void {
    const features: GeoJSON.Feature[] = at ? [{ type: 'Feature', geometry: { type: 'Point', coordinates: at }, properties: {} }] : [];
    this.ready(() => void (this.map.getSource('mark') as GeoJSONSource | undefined)?.setData({ type: 'FeatureCollection', features }));
  }

  /** Goes to a point; `up` is how many pixels above the middle it shall stand. */
  goto(lon: number, lat: number, up = 0): void {
    this.map.easeTo({ center: [lon, lat], zoom: Math.max(this.map.getZoom(), 16), offset: [0, -up] });
  }

  /** Runs when the style can take layers: at once, or when it has loaded. */
  ready(then: () => void): void {
    if (this.map.isStyleLoaded() || this.map.getLayer('town-line')) then();
    else this.map.once('styledata', then);
  }
}
