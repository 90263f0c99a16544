import type { Client } from '../api/client';
import { serverEvents } from '../api/events';

/** The tiles of a zoom that changed, by tile set: columns and rows. */
export interface Changed { zoom: number; changed: Readonly<Record<string, readonly (readonly [number, number])[]>> }

export interface Tile { x: number; y: number; z: number }

/** Every tile of a source that shares ground with a changed one: those around it, itself, and those inside it. */
export function tilesOf(zoom: number, column: number, row: number, minzoom: number, maxzoom: number): Tile[] {
  const out: Tile[] = [];
  for (let z = minzoom; z <= maxzoom; z++) {
    const side = 2 ** Math.max(0, z - zoom);
    const x = Math.floor(column * 2 ** (z - zoom));
    const y = Math.floor(row * 2 ** (z - zoom));
    for (let i = 0; i < side; i++) for (let j = 0; j < side; j++) out.push({ x: x + i, y: y + j, z });
  }
  return out;
}

export interface Listener {
  changed(tiles: Changed): void;
  /** The line was down: anything may have changed. */
  missed(): void;
}

/** Follows what changes on the map until it is stopped, and takes the line up again when it breaks. */
export async function followChanges(client: Client, sets: readonly string[], listener: Listener, signal: AbortSignal, pause = 2000): Promise<void> {
  for (let first = true; !signal.aborted; first = false) {
    try {
      const response = await client.request(`/changes?sets=${sets.map(encodeURIComponent).join(',')}`, { headers: { Accept: 'text/event-stream' }, signal });
      if (response.status === 204) return; // nobody tells
      if (!first) listener.missed();
      if (response.body) {
        for await (const e of serverEvents(response.body)) if (e.event === 'tiles') listener.changed(JSON.parse(e.data) as Changed);
      }
    } catch {
      if (signal.aborted) return;
    }
    await new Promise((done) => setTimeout(done, pause));
  }
}
