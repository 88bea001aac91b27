// The pool of pixels: row-major samples, (row, column) inputs, batches in reused memory.
import { describe, expect, it } from 'vitest';
import { allOf, ArgumentError, someOf } from '../../src/core/index.js';
import { measureTiles } from '../../src/core/selectors/tile-layout.js';
import {
  coordinateGrid,
  coordinateStretch,
  createImage,
  createPixelPool,
  linspace,
  poolDefaults,
  type PixelPoolOptions,
} from '../../src/image/index.js';
import { seededRandom } from '../reference/siren-layers.js';
import { noiseImage } from './random.js';

describe('createPixelPool', () => {
  it('places the corners at ±1, row first', () => {
    const image = createImage(
      { width: 3, height: 2, channels: 1 },
      Uint8Array.from([0, 51, 102, 153, 204, 255]),
    );
    const pool = createPixelPool(image);
    expect([pool.size, pool.inputDim, pool.targetDim]).toEqual([6, 2, 1]);
    expect([...pool.inputs]).toEqual([-1, -1, -1, 0, -1, 1, 1, -1, 1, 0, 1, 1]);
    pool.targets.forEach((value, i) => expect(value).toBeCloseTo(-1 + 0.4 * i, 6));
  });

  it.each([1, 3, 4] as const)('gathers what the indices say, %i channels, seed 71', (channels) => {
    const pool = createPixelPool(noiseImage(11, 7, channels, 8, 71));
    const random = seededRandom(71);
    for (const count of [5, 40, 3, 77, 0]) {
      const indices = new Uint32Array(count).map(() => Math.floor(random() * pool.size));
      const batch = pool.gather(someOf(indices));
      expect(batch.size).toBe(count);
      expect(batch.indices).toBe(indices);
      const expectedInputs = [...indices].flatMap((i) => [...pool.inputs.subarray(2 * i, 2 * i + 2)]);
      const expectedTargets = [...indices].flatMap((i) => [
        ...pool.targets.subarray(channels * i, channels * (i + 1)),
      ]);
      expect([...batch.inputs]).toEqual(expectedInputs);
      expect([...batch.targets]).toEqual(expectedTargets);
    }
  });

  it('hands out everything without copying', () => {
    const pool = createPixelPool(noiseImage(11, 7, 3, 8, 72));
    const batch = pool.gather(allOf(pool.size));
    expect(batch.inputs).toBe(pool.inputs);
    expect(batch.targets).toBe(pool.targets);
    expect([batch.size, batch.whole]).toEqual([77, true]);
  });

  it('reuses its memory for batches that are not larger', () => {
    const pool = createPixelPool(noiseImage(11, 7, 3, 8, 73));
    const memory = pool.gather(someOf(new Uint32Array(50))).inputs.buffer;
    expect(pool.gather(someOf(new Uint32Array(50))).inputs.buffer).toBe(memory);
    expect(pool.gather(someOf(new Uint32Array(20))).inputs.buffer).toBe(memory);
    expect(pool.gather(someOf(new Uint32Array(51))).inputs.buffer).not.toBe(memory);
  });

  it('refuses indices beyond its end', () => {
    const pool = createPixelPool(noiseImage(11, 7, 3, 8, 74));
    expect(() => pool.gather(someOf(Uint32Array.from([3, 77])))).toThrow(ArgumentError);
    expect(() => pool.gather(someOf(Uint32Array.from([3, 77])))).toThrow(
      /got index 77 at position 1; expected indices below 77, the pixels of 11×7/,
    );
  });

  it('takes a range from elsewhere', () => {
    const image = createImage({ width: 2, height: 2, channels: 1 }, Uint8Array.from([0, 64, 128, 255]));
    const pool = createPixelPool(image, { range: { min: 0, max: 128 } });
    expect([...pool.targets]).toEqual([-1, 0, 1, Math.fround((2 * 255) / 128 - 1)]);
    expect(pool.range).toEqual({ min: 0, max: 128 });
  });
});

describe('bytes', () => {
  const all = (n: number): Uint32Array => Uint32Array.from({ length: n }, (_, i) => i);

  it.each([
    { channels: 1, depth: 8, width: 2, height: 2 },
    { channels: 1, depth: 16, width: 37, height: 5 },
    { channels: 3, depth: 8, width: 100, height: 73 },
    { channels: 3, depth: 16, width: 2, height: 301 },
    { channels: 4, depth: 8, width: 251, height: 3 },
    { channels: 4, depth: 16, width: 64, height: 64 },
  ] as const)(
    'gather what floats do, bit for bit: $width×$height, $channels channels of $depth bits, seed 75',
    ({ channels, depth, width, height }) => {
      const image = noiseImage(width, height, channels, depth, 75);
      for (const range of [undefined, { min: 3.3, max: 251.7 }, { min: 9, max: 9 }]) {
        const common = range === undefined ? {} : { range };
        const floats = createPixelPool(image, { ...common, storage: 'floats' });
        const bytes = createPixelPool(image, { ...common, storage: 'bytes' });
        expect([floats.storage, bytes.storage, bytes.range]).toEqual(['floats', 'bytes', floats.range]);
        const random = seededRandom(75);
        const some = new Uint32Array(500).map(() => Math.floor(random() * floats.size));
        for (const indices of [all(floats.size), some, new Uint32Array(0)]) {
          const expected = floats.gather(someOf(indices));
          const batch = bytes.gather(someOf(indices));
          // As integers: −0 is not 0, and nothing is left to rounding.
          expect(bits(batch.inputs)).toEqual(bits(expected.inputs));
          expect(bits(batch.targets)).toEqual(bits(expected.targets));
          expect([batch.size, batch.indices]).toEqual([indices.length, indices]);
        }
        expect(bits(bytes.inputs)).toEqual(bits(floats.inputs));
        expect(bits(bytes.targets)).toEqual(bits(floats.targets));
      }
    },
  );

  it('make the arrays of the whole picture once, when they are asked for', () => {
    const pool = createPixelPool(noiseImage(11, 7, 3, 8, 76), { storage: 'bytes' });
    const { inputs, targets } = pool.gather(allOf(pool.size));
    expect([pool.inputs, pool.targets]).toEqual([inputs, targets]);
    expect(pool.inputs).toBe(inputs);
    expect(pool.targets).toBe(targets);
    expect(pool.gather(allOf(pool.size)).inputs).toBe(inputs);
  });

  it('refuse indices beyond the end', () => {
    const pool = createPixelPool(noiseImage(11, 7, 3, 8, 74), { storage: 'bytes' });
    expect(() => pool.gather(someOf(Uint32Array.from([3, 77])))).toThrow(
      /got index 77 at position 1; expected indices below 77, the pixels of 11×7/,
    );
  });

  it('are what large pictures are kept as, which cannot be had whole', () => {
    // Zeros that nobody writes or reads take no memory.
    const [width, height] = [8192, poolDefaults.wholeUpTo / 8192 + 1];
    const image = createImage({ width, height, channels: 1 }, new Uint8Array(width * height));
    const pool = createPixelPool(image, { range: { min: 0, max: 255 } });
    expect(pool.storage).toBe('bytes');
    expect(measureTiles(pool.layout!, pool.size).largest).toBeLessThan(65 * 65);
    const last = pool.gather(someOf(Uint32Array.of(pool.size - 1)));
    expect([...last.inputs, ...last.targets]).toEqual([1, 1, -1]);
    const message =
      /got a picture of 8192×8193 to hold whole as floats; expected at most 67108864 pixels; gather/;
    for (const whole of [() => pool.inputs, () => pool.targets, () => pool.gather(allOf(pool.size))]) {
      expect(whole).toThrow(ArgumentError);
      expect(whole).toThrow(message);
    }
  });

  it('are chosen by size unless told', () => {
    expect(createPixelPool(noiseImage(11, 7, 3, 8, 74), { storage: 'auto' }).storage).toBe('floats');
    // What can be held whole needs no tiles.
    expect(createPixelPool(noiseImage(11, 7, 3, 8, 74), { storage: 'bytes' }).layout).toBeUndefined();
    const options = { storage: 'byte' } as unknown as PixelPoolOptions;
    expect(() => createPixelPool(noiseImage(11, 7, 3, 8, 74), options)).toThrow(
      "got the storage 'byte'; expected 'floats', 'bytes' or 'auto'",
    );
  });
});

function bits(values: Float32Array): Uint32Array {
  return new Uint32Array(values.slice().buffer);
}

describe('coordinates', () => {
  it.each([2, 3, 8, 9, 17, 64, 100, 1000])('%i points rise evenly from −1 to 1', (count) => {
    const points = linspace(count);
    expect(points.length).toBe(count);
    points.forEach((value, i) => expect(Math.abs(value - (-1 + (2 * i) / (count - 1)))).toBeLessThan(2e-7));
    expect([points[0], Math.abs(points[count - 1]! - 1) < 1e-7]).toEqual([-1, true]);
  });

  it.each([
    [1, 5],
    [5, 0],
    [2.5, 4],
  ])('refuses a grid of %d×%d', (width, height) => {
    expect(() => coordinateGrid(width, height)).toThrow(ArgumentError);
    expect(() => coordinateGrid(width, height)).toThrow(/expected whole numbers of at least 2×2/);
  });

  it('has stretches that are parts of the grid, and no others', () => {
    const [width, height] = [37, 21];
    const grid = coordinateGrid(width, height);
    for (const [from, to] of [
      [0, 777],
      [0, 5],
      [30, 45],
      [74, 111],
      [700, 777],
      [777, 777],
    ] as const) {
      expect(coordinateStretch(width, height, from, to)).toEqual(grid.slice(2 * from, 2 * to));
    }
    expect(() => coordinateStretch(width, height, 5, 778)).toThrow(
      /got the pixels 5 to 778; expected some of 777/,
    );
    expect(() => coordinateStretch(width, height, -1, 7)).toThrow(ArgumentError);
    expect(() => coordinateStretch(width, height, 7, 5)).toThrow(ArgumentError);
  });

  it('refuses a single point', () => {
    expect(() => linspace(1)).toThrow(/got 1 points; expected a whole number of at least 2/);
  });
});
