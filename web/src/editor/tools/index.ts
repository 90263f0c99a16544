import type { Map as MapLibre, MapMouseEvent } from 'maplibre-gl';
import type { EditorMap } from '../layers';
import type { EditorStore, ToolId } from '../store.svelte';
import type { Ref } from '../types';
import { Blocks } from './blocks';
import { Board } from './board';
import { BordersTool } from './borders';
import { Hexagons } from './hexagons';
import { Lasso } from './lasso';
import { rerouteTool, splitTool } from './line';
import { Select } from './select';
import { Snapper } from './snapper';
import type { Context, Pointer, Tool } from './tool';

/** The grid that is drawn below a pointer. */
export function gridAt(map: MapLibre, p: { x: number; y: number }): Ref | undefined {
  const ref: unknown = map.queryRenderedFeatures([p.x, p.y], { layers: ['ed-fill'] })[0]?.properties.ref;
  return typeof ref === 'string' ? ref : undefined;
}

const make: Record<ToolId, (c: Context) => Tool> = {
  select: (c) => new Select(c),
  split: splitTool,
  reroute: rerouteTool,
  borders: (c) => new BordersTool(c),
  hexagons: (c) => new Hexagons(c),
  blocks: (c) => new Blocks(c),
  lasso: (c) => new Lasso(c),
};

/** Tools that the drawing library reads the pointer for. */
const drawn: ReadonlySet<ToolId> = new Set(['split', 'reroute', 'lasso']);

/** Leads pointers and keys to the tool in hand. */
export class Tools {
  private readonly context: Context;
  private tool: Tool | undefined;
  private id: ToolId | undefined;
  private pressed = false;
  private carried = false; // pressed by a key: the middle of the map leads
  private readonly off: (() => void)[] = [];

  constructor(private readonly map: MapLibre, store: EditorStore, view: EditorMap) {
    const snapper = new Snapper(map, store);
    this.context = { map, store, view, snapper, board: new Board(map, snapper) };
    map.boxZoom.disable(); // Shift and drag chooses
    const on = (type: 'mousedown' | 'mousemove' | 'mouseup' | 'click' | 'mouseout', then: (e: MapMouseEvent) => void) => {
      map.on(type, then);
      this.off.push(() => map.off(type, then));
    };
    on('mousedown', (e) => {
      if (e.originalEvent.button !== 0 || !this.tool?.down?.(pointer(e))) return;
      this.pressed = true;
      e.preventDefault(); // the map stays where it is
      e.originalEvent.preventDefault(); // and no text is marked where the hand passes
      map.getCanvas().focus({ preventScroll: true });
    });
    on('mousemove', (e) => this.tool?.move?.(pointer(e), this.pressed));
    on('click', (e) => this.tool?.click?.(pointer(e)));
    on('mouseout', () => { if (!this.pressed) this.tool?.leave?.(); });
    // Outside the canvas too: a drag may end over a panel.
    const up = (e: MouseEvent) => {
      if (!this.pressed || this.carried) return;
      this.pressed = false;
      const box = map.getCanvas().getBoundingClientRect();
      const [x, y] = [e.clientX - box.left, e.clientY - box.top];
      const { lng, lat } = map.unproject([x, y]);
      this.tool?.up?.({ at: [lng, lat], x, y, shift: e.shiftKey });
    };
    window.addEventListener('mouseup', up);
    const moved = () => { if (!this.pressed) this.refresh(); };
    const carry = () => { if (this.carried) this.tool?.move?.(this.middle(false), true); };
    map.on('moveend', moved);
    map.on('move', carry);
    this.off.push(() => window.removeEventListener('mouseup', up), () => map.off('moveend', moved), () => map.off('move', carry));
  }

  use(id: ToolId): void {
    if (id === this.id) return;
    this.tool?.stop();
    this.id = id;
    this.pressed = this.carried = false;
    this.tool = make[id](this.context);
    this.map.getCanvas().style.cursor = this.tool.cursor;
  }

  /** The grids, the choice, the view or an option changed. */
  refresh(): void {
    this.context.snapper.refresh();
    this.tool?.refresh?.();
  }

  cancel(): boolean {
    this.pressed = this.carried = false;
    return this.tool?.cancel() ?? false;
  }
  finish(): void { this.tool?.finish?.(); }
  erase(): void { this.tool?.erase?.(); }
  /** Takes back a corner of a drawing that is under way; false if there is none. */
  back(): boolean { return this.context.board.back(); }
  get drawing(): boolean { return this.context.board.begun; }

  /**
   * The pointer for hands without a mouse: acts at the middle of the map, which
   * arrow keys move. A tool that drags is pressed by one key and let go by the
   * next.
   */
  press(shift: boolean): void {
    const at = this.middle(shift);
    const { x, y } = at;
    const canvas = this.map.getCanvas();
    if (this.id && drawn.has(this.id)) {
      const box = canvas.getBoundingClientRect();
      const event = { clientX: box.left + x, clientY: box.top + y, bubbles: true, isPrimary: true, pointerId: 1, pointerType: 'mouse', button: 0 };
      for (const type of ['pointermove', 'pointerdown', 'pointerup']) canvas.dispatchEvent(new PointerEvent(type, { ...event, buttons: type === 'pointerdown' ? 1 : 0 }));
      return;
    }
    if (this.carried) {
      this.pressed = this.carried = false;
      this.tool?.move?.(at, true);
      this.tool?.up?.(at);
      return;
    }
    this.tool?.move?.(at, false);
    if (!shift && this.tool?.down?.(at)) {
      if (this.id === 'borders') {
        // A middle is a click; a corner follows the map until the next press.
        this.tool.click?.(at);
        this.pressed = this.carried = true;
      } else {
        this.tool.up?.(at);
      }
    } else this.tool?.click?.(at);
  }

  private middle(shift: boolean): Pointer {
    const { clientWidth, clientHeight } = this.map.getCanvas();
    const { lng, lat } = this.map.getCenter();
    return { at: [lng, lat], x: clientWidth / 2, y: clientHeight / 2, shift };
  }

  remove(): void {
    this.tool?.stop();
    for (const off of this.off) off();
    this.context.board.remove();
    this.context.snapper.remove();
    this.map.boxZoom.enable();
    this.map.getCanvas().style.cursor = '';
  }
}

function pointer(e: MapMouseEvent): Pointer {
  return { at: [e.lngLat.lng, e.lngLat.lat], x: e.point.x, y: e.point.y, shift: e.originalEvent.shiftKey };
}
