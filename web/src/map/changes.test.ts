import { describe, expect, it } from 'vitest';
import type { Client } from '../api/client';
import { followChanges, tilesOf, type Changed } from './changes';

describe('tiles that share ground with a changed one', () => {
  it('are those around it, itself and those inside it', () => {
    expect(tilesOf(12, 5, 7, 11, 13)).toEqual([{ x: 2, y: 3, z: 11 }, { x: 5, y: 7, z: 12 }, { x: 10, y: 14, z: 13 }, { x: 10, y: 15, z: 13 }, { x: 11, y: 14, z: 13 }, { x: 11, y: 15, z: 13 }]);
    expect(tilesOf(12, 5, 7, 16, 16)).toHaveLength(256);
  });
});

describe('following changes', () => {
  const event = (changed: Changed) => `event: tiles\ndata: ${JSON.stringify(changed)}\n\n`;
  it('takes the line up again, says that something may be missed, and ends when nobody tells', async () => {
    const one: Changed = { zoom: 12, changed: { heat: [[1, 2]] } };
    const answers = [new Response(`event: listening\ndata: {}\n\n${event(one)}`), new Response(event({ zoom: 12, changed: {} })), new Response(null, { status: 204 })];
    const asked: string[] = [];
    const client = { request: (path: string) => { asked.push(path); const next = answers.shift(); return next ? Promise.resolve(next) : Promise.reject(new Error('down')); } } as unknown as Client;
    const told: unknown[] = [];
    await followChanges(client, ['heat', 'a b'], { changed: (c) => told.push(c), missed: () => told.push('missed') }, new AbortController().signal, 1);
    expect(asked).toEqual(Array(3).fill('/changes?sets=heat,a%20b'));
    expect(told).toEqual([one, 'missed', { zoom: 12, changed: {} }]);
  });
  it('stops when it is told to', async () => {
    const stop = new AbortController();
    const client = { request: () => { stop.abort(); return Promise.reject(new Error('down')); } } as unknown as Client;
    await followChanges(client, ['heat'], { changed: () => {}, missed: () => {} }, stop.signal, 1);
  });
});
