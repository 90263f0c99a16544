import { cellToBoundary, cellToLatLng, getHexagonEdgeLengthAvg, gridDisk, latLngToCell, UNITS } from 'h3-js';
import { distance } from './geometry';
import type { Collection, Feature, Polygon, Position } from './types';

export type Resolution = 10 | 11;

/** Cells under a round brush of a radius in metres: always the one below its middle. */
export function brush(at: Position, radius: number, resolution: Resolution): string[] {
  const middle = latLngToCell(at[1], at[0], resolution);
  const rings = Math.ceil(radius / (getHexagonEdgeLengthAvg(resolution, UNITS.m) * 1.5));
  return gridDisk(middle, rings).filter((cell) => {
    if (cell === middle) return true;
    const [lat, lon] = cellToLatLng(cell);
    return distance([lon, lat], at) <= radius;
  });
}

/** Cells under a brush drawn from one place to another: no hole however fast the hand was. */
export function stroke(from: Position, to: Position, radius: number, resolution: Resolution): Set<string> {
  // Steps shorter than an edge go from a cell to itself or a neighbour.
  const step = Math.max(getHexagonEdgeLengthAvg(resolution, UNITS.m) * 0.5, radius / 2);
  const steps = Math.max(1, Math.ceil(distance(from, to) / step));
  const out = new Set<string>();
  for (let i = 0; i <= steps; i++) {
    const t = i / steps;
    for (const cell of brush([from[0] + (to[0] - from[0]) * t, from[1] + (to[1] - from[1]) * t], radius, resolution)) out.add(cell);
  }
  return out;
}

/** Outlines of cells to draw. */
export function outlines(cells: Iterable<string>): Collection<Feature<Polygon, { cell: string }>> {
  return { type: 'FeatureCollection', features: [...cells].map((cell) => ({ type: 'Feature', geometry: { type: 'Polygon', coordinates: [cellToBoundary(cell, true) as Position[]] }, properties: { cell } })) };
}
