import { describe, expect, it } from 'vitest';
import { clusterOf } from './clusters';
import { createExpression, latest, type StylePropertySpecification } from '@maplibre/maplibre-gl-style-spec';
import { boundsAt, heatColor, heatColors, legendClasses, tileUrl } from './style';

describe('what the map asks for', () => {
  it('is columns for heat and vector tiles for all else', () => {
    expect(tileUrl('http://host', 'heat', 'severity=2')).toBe('h3t://http://host/tiles/heat/{z}/{x}/{y}.h3t?severity=2');
    expect(tileUrl('http://host', 'hazards')).toBe('http://host/tiles/hazards/{z}/{x}/{y}.mvt');
  });
});

describe('a hexagon’s colour', () => {
  const rgba = (hex = ''): string => `rgba(${[1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)).join()},1)`;
  const colorOf = (legends: Record<number, number[]>, zoom: number, weight: number): string => {
    const made = createExpression(heatColor(legends), 'fill-color', latest.paint_fill['fill-color'] as StylePropertySpecification);
    if (made.result === 'error') throw new Error(made.value.map((e) => e.message).join());
    return String(made.value.evaluate({ zoom }, { type: 'Polygon', properties: { weight } }));
  };
  it('is its class’s at the zoom', () => {
    const legends = { 9: [0.1, 1, 2, 3, 4, 5], 10: [0.1, 2, 4, 6, 8, 10] };
    expect([0.5, 1, 5.5].map((w) => colorOf(legends, 9, w))).toEqual([0, 1, 5].map((i) => rgba(heatColors[i])));
    expect(colorOf(legends, 10, 5.5)).toBe(rgba(heatColors[2]));
  });
  it('can be said where nothing is found, and of one value that all have', () => {
    expect(colorOf({ 9: [0, 0, 0, 0, 0, 0] }, 9, 1)).toBe(rgba(heatColors[0]));
    expect(colorOf({ 9: [1, 1, 2, 2, 3, 3] }, 9, 2.5)).toBe(rgba(heatColors[2]));
  });
});

describe('a legend', () => {
  it('has three digits of each class', () => {
    expect(legendClasses([0.254, 1.596, 2.479, 4.762, 18.75, 1234.5]).map((c) => [c.from, c.beyond])).toEqual([[0.254, false], [1.6, false], [2.48, false], [4.76, false], [18.8, false], [1230, false]]);
  });
  it('says once what lies beyond a value that many hexagons have, in its colour', () => {
    expect(legendClasses([11.111, 100, 100.001, 100.002, 200, 400])).toEqual([
      { color: heatColors[0], from: 11.1, beyond: false }, { color: heatColors[1], from: 100, beyond: false },
      { color: heatColors[3], from: 100, beyond: true }, { color: heatColors[4], from: 200, beyond: false }, { color: heatColors[5], from: 400, beyond: false },
    ]);
  });
  it('is that of the zoom whose tiles are shown', () => {
    const legends = { 6: [1], 7: [2], 16: [3] };
    expect([2, 6.9, 7, 16.5, 19].map((z) => boundsAt(legends, z))).toEqual([[1], [1], [2], [3], [3]]);
    expect(boundsAt({}, 10)).toEqual([]);
  });
});

describe('a cluster’s picture', () => {
  it('is larger the more hazards there are', () => {
    expect(clusterOf('cluster-4-120')).toMatchObject({ severity: 4, count: 120 });
    const radii = [2, 10, 100, 1000, 10_000].map((n) => clusterOf(`cluster-1-${n}`)?.radius ?? 0);
    expect(radii).toEqual([...radii].sort((a, b) => a - b));
    expect(radii.at(-1)).toBeLessThan(20);
  });
  it('is of no other name', () => expect(['none-due', 'cluster-5-2', 'cluster-1-', 'cluster-1-2x'].map(clusterOf)).toEqual(Array(4).fill(undefined)));
});
