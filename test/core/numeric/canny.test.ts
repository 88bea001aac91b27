// Edges against a plain version that takes angles in degrees and floods until nothing changes; gradients and thresholds by hand.
import { describe, expect, it } from 'vitest';
import type { GridSize } from '../../../src/core/contracts.js';
import { Canny, otsu, sobel } from '../../../src/core/numeric/canny.js';
import { createRandom } from '../../../src/core/numeric/random.js';

const around = [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => [dx, dy] as const));

/** A picture's pixel; beyond the border the nearest one. */
const pixel = (luma: Float32Array, { width, height }: GridSize, x: number, y: number): number =>
  luma[Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))]!;

/** A pixel's gradient by the kernel as it is written down: 1 2 1 across, −1 0 1 along. */
function gradientAt(luma: Float32Array, size: GridSize, x: number, y: number): [dx: number, dy: number] {
  let [dx, dy] = [0, 0];
  for (const [i, j] of around) {
    const value = pixel(luma, size, x + i, y + j);
    dx += value * i * (2 - Math.abs(j));
    dy += value * j * (2 - Math.abs(i));
  }
  return [dx, dy];
}

/** Canny's edges, each step over the whole picture. */
function plainEdges(luma: Float32Array, size: GridSize, low: number, high: number): number[] {
  const { width, height } = size;
  const places = Array.from(
    { length: width * height },
    (_, i) => [i % width, Math.floor(i / width)] as const,
  );
  const gradients = places.map(([x, y]) => gradientAt(luma, size, x, y));
  const strength = gradients.map(([dx, dy]) => Math.abs(dx) + Math.abs(dy));
  const inside = (x: number, y: number): boolean => x >= 0 && y >= 0 && x < width && y < height;
  const at = (x: number, y: number): number => (inside(x, y) ? strength[y * width + x]! : 0);
  const peaks = places.map(([x, y], i) => {
    const [dx, dy] = gradients[i]!;
    const degrees = (Math.atan2(Math.abs(dy), Math.abs(dx)) * 180) / Math.PI;
    const here = strength[i]!;
    if (degrees < 22.5) return here > at(x - 1, y) && here >= at(x + 1, y);
    if (degrees > 67.5) return here > at(x, y - 1) && here >= at(x, y + 1);
    const side = Math.sign(dx * dy);
    return here > at(x - side, y - 1) && here > at(x + side, y + 1);
  });
  const edges = places.map((_, i) => (peaks[i] === true && strength[i]! > high ? 1 : 0));
  for (let found = -1; found !== 0;) {
    found = 0;
    for (const [i, [x, y]] of places.entries()) {
      const hangs = around.some(
        ([dx, dy]) => inside(x + dx, y + dy) && edges[(y + dy) * width + x + dx] === 1,
      );
      if (edges[i] === 1 || peaks[i] !== true || !(strength[i]! > low) || !hangs) continue;
      edges[i] = 1;
      found++;
    }
  }
  return edges;
}

describe('sobel', () => {
  const size = { width: 4, height: 3 };

  it('of a slope is eight times the slope, and half of that at the border (by hand)', () => {
    const luma = Float32Array.from({ length: 12 }, (_, i) => 3 * (i % 4) + 5 * Math.floor(i / 4));
    const { dx, dy } = sobel(luma, size);
    expect([...dx]).toEqual([1, 2, 3].flatMap(() => [12, 24, 24, 12]));
    expect([...dy]).toEqual([20, 40, 20].flatMap((down) => [down, down, down, down]));
  });

  it('of one bright pixel is the kernel, turned about (by hand)', () => {
    const { dx, dy } = sobel(Float32Array.of(0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0), size);
    expect([...dx].map((value) => value / 9 + 0)).toEqual([1, 0, -1, 0, 2, 0, -2, 0, 1, 0, -1, 0]);
    expect([...dy].map((value) => value / 9 + 0)).toEqual([1, 2, 1, 0, 0, 0, 0, 0, -1, -2, -1, 0]);
  });
});

describe('Canny', () => {
  const columns = (edges: Uint8Array, width: number): string[] =>
    [...edges].join('').match(new RegExp(`.{${width}}`, 'g')) ?? [];

  it('finds a step once, on its nearer side (by hand)', () => {
    const size = { width: 6, height: 4 };
    const upright = new Canny(
      Float32Array.from({ length: 24 }, (_, i) => (i % 6 < 3 ? 0 : 100)),
      size,
    );
    // The gradient is 4 · 100 on both sides: a threshold is exceeded, not reached.
    expect(columns(upright.edges(399, 0), 6)).toEqual(['001000', '001000', '001000', '001000']);
    expect(columns(upright.edges(0, 399.9), 6)).toEqual(['001000', '001000', '001000', '001000']);
    expect(columns(upright.edges(400, 0), 6)).toEqual(['000000', '000000', '000000', '000000']);
    const level = new Canny(
      Float32Array.from({ length: 24 }, (_, i) => (i < 12 ? 0 : 100)),
      size,
    );
    expect(columns(level.edges(0, 0), 6)).toEqual(['000000', '111111', '000000', '000000']);
  });

  it.each([
    [1, 1, 2],
    [1, 9, 3],
    [8, 1, 4],
    [9, 7, 4],
    [16, 11, 3],
    [13, 12, 256],
    [20, 20, 40],
  ])(
    'finds in %d × %d pixels of %d levels what the plain version does, at any thresholds (seed 8)',
    (width, height, levels) => {
      const random = createRandom(8);
      const size = { width, height };
      for (let round = 0; round < 6; round++) {
        // Blocks of one brightness have ridges that end, corners and ties; noise has all angles.
        const block = 1 + (round % 3);
        const step = Math.floor(255 / (levels - 1));
        const coarse = Float32Array.from({ length: width * height }, () => step * random.below(levels));
        const luma = coarse.map((_, i) =>
          pixel(coarse, size, (i % width) - ((i % width) % block), Math.floor(i / width / block) * block),
        );
        const canny = new Canny(luma, size);
        const { dx, dy } = sobel(luma, size);
        const some = random.below(dx.length);
        const reached = Math.abs(dx[some]!) + Math.abs(dy[some]!);
        for (const [one, other] of [
          [reached, 2 * reached],
          [100.5, 400.5],
          [random.below(1000), random.below(1000)],
          [600, -1],
          [-0.5, 0],
        ] as const) {
          const [low, high] = [Math.floor(Math.min(one, other)), Math.floor(Math.max(one, other))];
          expect([...canny.edges(one, other)]).toEqual(plainEdges(luma, size, low, high));
        }
      }
    },
  );
});

describe("Otsu's threshold", () => {
  it('is the last of the darker class, of several as good the first (by hand)', () => {
    expect(otsu(Float32Array.of(10, 10, 200))).toBe(10);
    expect(otsu(Float32Array.of(0, 255))).toBe(0);
    expect(otsu(Float32Array.of(7, 7, 7))).toBe(0);
    // 3 and 5 together against 9: 2 · 1 · 5² = 50; 3 against 5 and 9: 1 · 2 · 4² = 32.
    expect(otsu(Float32Array.of(3, 5, 9))).toBe(5);
  });

  it('has the largest variance between the classes of all thresholds (seed 21)', () => {
    const random = createRandom(21);
    for (let round = 0; round < 20; round++) {
      const spread = 1 + random.below(120);
      const luma = Float32Array.from(
        { length: 50 },
        () => random.below(spread) + (random.below(3) === 0 ? 255 - spread : 0),
      );
      const mean = (values: Float32Array): number =>
        values.reduce((sum, value) => sum + value, 0) / values.length;
      const between = Array.from({ length: 256 }, (_, t) => {
        const [dark, bright] = [luma.filter((value) => value <= t), luma.filter((value) => value > t)];
        return dark.length * bright.length === 0
          ? 0
          : dark.length * bright.length * (mean(dark) - mean(bright)) ** 2;
      });
      const found = otsu(luma);
      expect(between[found]).toBeCloseTo(Math.max(...between), 6);
      expect(luma.includes(found)).toBe(true);
    }
  });
});
