// Grids of the error map: cells and pixels, and cumulative shares, against plain versions.
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../src/core/numeric/random.js';
import {
  cellOf,
  cumulate,
  extentOf,
  grids,
  search,
  share,
  startOf,
  within,
} from '../../../../src/core/selectors/error-map/grids.js';

it('grids lie one behind the other', () => {
  const all = grids([3, 2, 1, 4, 5, 1]);
  expect(all).toEqual([
    { across: 3, down: 2, cells: 0, rows: 0 },
    { across: 1, down: 4, cells: 6, rows: 2 },
    { across: 5, down: 1, cells: 10, rows: 6 },
  ]);
  expect(extentOf(all)).toEqual({ cells: 15, rows: 7 });
  expect(extentOf(all.slice(0, 2))).toEqual({ cells: 10, rows: 6 });
  expect(extentOf([])).toEqual({ cells: 0, rows: 0 });
});

describe('cells', () => {
  it('divide the pixels, each cell at least one', () => {
    for (let pixels = 1; pixels <= 40; pixels++) {
      for (let count = 1; count <= pixels; count++) {
        // A cell's pixels from its start to the next one's.
        const owners = Array.from({ length: count }, (_, cell) => {
          const start = Math.floor((cell * pixels) / count);
          return Array<number>(Math.floor(((cell + 1) * pixels) / count) - start).fill(cell);
        }).flat();
        expect(owners).toHaveLength(pixels);
        expect(owners.map((_, pixel) => cellOf(pixel, count, pixels))).toEqual(owners);
        expect([...Array(count + 1).keys()].map((cell) => startOf(cell, count, pixels))).toEqual(
          [...Array(count).keys(), count].map((cell) => (cell < count ? owners.indexOf(cell) : pixels)),
        );
      }
    }
  });

  it('give their pixels alike', () => {
    // Cells of 3, 3 and 4 pixels.
    const at = (cell: number, part: number): number => within(cell, 3, 10, Math.floor(part * 2 ** 24));
    expect([0, 0.33, 0.34, 0.66, 0.67, 1 - 2 ** -24].map((part) => at(1, part))).toEqual([3, 3, 4, 4, 5, 5]);
    expect([0, 0.25, 0.5, 0.75, 1 - 2 ** -24].map((part) => at(2, part))).toEqual([6, 7, 8, 9, 9]);
  });
});

describe('cumulative shares', () => {
  it('are of sums and of an even part, of a stretch alone', () => {
    const values = Float64Array.of(9, 1, 0, 3, 9);
    expect(cumulate(values, 1, 3, 0.4)).toBe(4);
    const [a, b] = [0.6 / 4 + 0.4 / 3, 0.4 / 3];
    expect(values[1]).toBeCloseTo(a, 14);
    expect(values[2]).toBeCloseTo(a + b, 14);
    expect([values[0], values[3], values[4]]).toEqual([9, 1, 9]);
    expect([0, 1, 2].map((i) => share(values, 1, i).toFixed(12))).toEqual(
      [a, b, 1 - a - b].map((part) => part.toFixed(12)),
    );
  });

  it('end at 1 exactly, and touch nothing beside their stretch', () => {
    const random = createRandom(12);
    for (let count = 1; count <= 40; count++) {
      const values = new Float64Array(3 * count + 4).fill(7);
      for (let i = 0; i < count; i++) values[count + 2 + i] = random.float();
      cumulate(values, count + 2, count, 0.01);
      expect(values[2 * count + 1]).toBe(1);
      expect([...values].filter((value) => value === 7)).toHaveLength(2 * count + 4);
    }
  });

  it('have an even part that is as they are told', () => {
    const values = Float64Array.of(1, 1, 2);
    expect(cumulate(values, 0, 3, 0.5, [0.2, 0.7, 0.1])).toBe(4);
    [0.225, 0.7, 1].forEach((expected, i) => expect(values[i]).toBeCloseTo(expected, 14));
  });

  it('find the first that is above a number', () => {
    const shares = Float64Array.of(7, 0.1, 0.1, 0.4, 0.9, 1);
    for (const u of [0, 0.05, 0.1, 0.39, 0.4, 0.899, 0.9, 0.99]) {
      const plain = [...shares.subarray(1)].findIndex((value) => value > u);
      expect(search(shares, 1, 5, u), `${u}`).toBe(plain);
      expect(search(shares.subarray(1), 0, 5, u), `${u}`).toBe(plain);
    }
    expect(search(shares, 4, 1, 0.3)).toBe(0);
  });
});
