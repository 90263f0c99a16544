import { describe, expect, it } from 'vitest';
import { clusterOf } from './clusters';
import { boundsAt, heatColors, legendClasses, tileUrl } from './style';

describe('what the map asks for', () => {
  it('is columns for heat and vector tiles for all else', () => {
    expect(tileUrl('http://host', 'heat', 'severity=2')).toBe('h3t://http://host/tiles/heat/{z}/{x}/{y}.h3t?severity=2');
    expect(tileUrl('http://host', 'hazards')).toBe('http://host/tiles/hazards/{z}/{x}/{y}.mvt');
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
