import type { Map as MapLibre } from 'maplibre-gl';
import type { EditorMap } from '../layers';
import type { EditorStore } from '../store.svelte';
import type { Position } from '../types';
import type { Board } from './board';
import type { Snapper } from './snapper';

export interface Pointer { at: Position; x: number; y: number; shift: boolean }

export interface Context { map: MapLibre; store: EditorStore; view: EditorMap; board: Board; snapper: Snapper }

/**
 * What a pointer does on the map. A tool that answers true to down keeps the
 * drag from the map. Everything is undone by stop.
 */
export interface Tool {
  readonly cursor: string;
  stop(): void;
  down?(p: Pointer): boolean;
  move?(p: Pointer, pressed: boolean): void;
  up?(p: Pointer): void;
  click?(p: Pointer): void;
  leave?(): void;
  /** Gives up what is begun; false if there was nothing. */
  cancel(): boolean;
  /** Ends a drawing by a key. */
  finish?(): void;
  /** Delete or Backspace. */
  erase?(): void;
  /** The grids, the choice, the view or an option changed. */
  refresh?(): void;
}
