import type { Map as MapLibre } from 'maplibre-gl';
import type { MapController } from '../map/controller';
import type { PlansApi } from './api';
import { Borders } from './borders';
import { EditorMap } from './layers';
import { meanOf } from './loads';
import type { Grid, MovedPlace } from './types';

/** Another plan on a second map that lies over the first and follows it; what is left of the divider shows it. */
export class Swipe {
  private readonly map: MapLibre;
  private view: EditorMap | undefined;
  private gone = false;
  private readonly follow = () => this.map.jumpTo({ center: this.below.map.getCenter(), zoom: this.below.map.getZoom() });

  constructor(private readonly container: HTMLElement, private readonly below: MapController, private readonly minutes: (g: Grid) => string) {
    this.map = below.twin(container);
    below.map.on('move', this.follow);
    below.map.on('resize', this.follow);
  }

  async show(api: PlansApi, plan: string): Promise<void> {
    const [grids, borders] = await Promise.all([api.grids(plan), api.borders(plan)]);
    if (!this.map.isStyleLoaded()) await new Promise<void>((done) => void this.map.once('load', () => done()));
    if (this.gone) return;
    this.view ??= new EditorMap(this.map, this.minutes);
    const all = new Borders();
    all.load(borders.features);
    this.view.load(new Map(grids.features.map((g) => [g.properties.ref, g])), all);
    this.view.mean(meanOf(grids.features.map((g) => g.properties.minutes)));
  }

  moved(items: readonly MovedPlace[]): void {
    this.view?.moved(items);
  }

  /** The divider's place, as a share of the width. */
  at(share: number): void {
    this.container.style.clipPath = `inset(0 ${(1 - share) * 100}% 0 0)`;
  }

  remove(): void {
    this.gone = true;
    this.below.map.off('move', this.follow);
    this.below.map.off('resize', this.follow);
    this.map.remove();
  }
}
