// Draws without repeats against the plain shuffle of a whole array.
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Draw } from '../../../src/core/numeric/draw.js';
import { createRandom, type Random } from '../../../src/core/numeric/random.js';
import { createSelector } from '../../../src/core/selectors/registry.js';
import { SparseShuffle } from '../../../src/core/numeric/sparse-draw.js';

const seed = 1938;

afterEach(() => void vi.unstubAllGlobals());

/** The first `count` of a shuffle, each swapped with one drawn from itself and those behind it. */
function plain(items: readonly number[], count: number, random: Random): number[] {
  const order = [...items];
  for (let i = 0; i < count; i++) {
    const j = i + random.below(order.length - i);
    [order[i], order[j]] = [order[j] ?? NaN, order[i] ?? NaN];
  }
  return order.slice(0, count);
}

/** As many shares as there are, small ones more often: a double of any bits would be next to nothing nearly always. */
const sizes = fc
  .tuple(fc.integer({ min: 1, max: 3000 }), fc.nat(1000), fc.nat())
  .map(([n, share, from]) => ({ n, count: Math.floor((share / 1000) ** 3 * n), from }));

describe('SparseShuffle', () => {
  it(`draws what a shuffle of the whole array draws, whatever was expected (seed ${seed})`, () => {
    fc.assert(
      fc.property(sizes, fc.nat(200), ({ n, count, from }, expected) => {
        const shuffle = new SparseShuffle();
        const random = createRandom(from);
        // Twice: nothing of the first draw may be left in the second.
        for (let time = 0; time < 2; time++) {
          const before = random.state;
          shuffle.start(n, expected);
          const drawn = Array.from({ length: count }, () => shuffle.next(random));
          const again = createRandom(0);
          again.state = before;
          expect(drawn).toEqual(plain([...Array(n).keys()], count, again));
          expect(random.state).toEqual(again.state);
        }
      }),
      { seed, numRuns: 200 },
    );
  });

  it('draws everything there is', () => {
    const shuffle = new SparseShuffle();
    const random = createRandom(3);
    shuffle.start(1000, 0);
    expect(new Set(Array.from({ length: 1000 }, () => shuffle.next(random))).size).toBe(1000);
  });

  it('draws of four billion, up to the last', () => {
    const shuffle = new SparseShuffle();
    const n = 2 ** 32 - 1;
    shuffle.start(n, 2);
    // A generator that takes the last one twice: the second time, what was first lies there.
    const last: Random = { float: () => 0, below: (m) => m - 1, state: new Uint32Array(4) };
    expect([shuffle.next(last), shuffle.next(last), shuffle.next(last)]).toEqual([n - 1, 0, 1]);
  });
});

describe('Draw', () => {
  it(`draws from stretches of an order as from the plain array, and leaves it alone (seed ${seed})`, () => {
    fc.assert(
      fc.property(sizes, fc.nat(50), fc.nat(50), ({ n, count, from }, before, after) => {
        const size = before + n + after;
        const order = Uint32Array.from({ length: size }, (_, i) => size - i);
        const draw = new Draw(size);
        draw.take(order, size - after, after);
        draw.atRandom(order, before, n, count, createRandom(from));
        draw.atRandom(order, 0, before, before, createRandom(from));
        const items = [...order];
        expect([...draw.indices]).toEqual([
          ...items.slice(size - after),
          ...plain(items.slice(before, before + n), count, createRandom(from)),
          ...plain(items.slice(0, before), before, createRandom(from)),
        ]);
        expect([...order]).toEqual(items);
        draw.clear();
        expect(draw.indices.length).toBe(0);
      }),
      { seed, numRuns: 300 },
    );
  });

  it('makes no memory for a draw as large as one before', () => {
    const made: number[] = [];
    vi.stubGlobal(
      'Uint32Array',
      class extends Uint32Array {
        constructor(...of: readonly [number] | readonly [ArrayBuffer, number?, number?]) {
          super(...(of as readonly [ArrayBuffer]));
          if (typeof of[0] === 'number') made.push(of[0]);
        }
      },
    );
    const order = new Uint32Array(100_000);
    const draw = new Draw(order.length);
    const random = createRandom(1);
    // From a table, and from a copy that is shuffled.
    const drawn = (): void => {
      draw.clear();
      draw.atRandom(order, 0, order.length, 1500, random);
      draw.atRandom(order, 0, 548, 500, random);
    };
    drawn();
    expect(made.length).toBeGreaterThan(2);
    made.length = 0;
    drawn();
    drawn();
    expect(made).toEqual([]);
  });

  it('holds as much as it draws, not as much as there is', () => {
    const order = new Uint32Array(1_000_000);
    const draw = new Draw(order.length);
    draw.atRandom(order, 0, order.length, 5000, createRandom(1));
    expect(draw.indices.buffer.byteLength).toBeLessThan(100_000);
    draw.clear();
    draw.take(order, 0, order.length);
    expect(draw.indices.buffer.byteLength).toBe(4 * order.length);
  });
});

describe("'uniform'", () => {
  it(`draws what the shuffle of the whole pool draws, at every ratio and batch size (seed ${seed})`, () => {
    const ratio = fc.double({ min: 0.001, max: 1, noNaN: true });
    fc.assert(
      fc.property(sizes, ratio, fc.option(fc.integer({ min: 1, max: 300 })), ({ n, from }, share, batch) => {
        const selector = createSelector({ strategy: 'uniform', size: n, steps: 5, ratio: share, seed: from });
        const random = createRandom(from);
        for (let step = 0; step < 5; step++) {
          const { indices, whole, size: count } = selector.next(batch === null ? {} : { batchSize: batch });
          if (whole) expect(count).toBe(n);
          else expect([...indices]).toEqual(plain([...Array(n).keys()], count, random));
        }
      }),
      { seed, numRuns: 200 },
    );
  });

  it('draws a batch of four billion samples in no more memory than the batch takes', () => {
    const size = 2 ** 32 - 1;
    const selector = createSelector({ strategy: 'uniform', size, steps: 100, batchSize: 4096 });
    const buffers = new Set<unknown>();
    const seen = new Set<number>();
    for (let step = 0; step < 100; step++) {
      const { indices, size: count } = selector.next();
      expect(count).toBe(4096);
      expect(new Set(indices).size).toBe(4096);
      for (const index of indices) seen.add(index);
      expect(indices.buffer.byteLength).toBeLessThan(100_000);
      buffers.add(indices.buffer);
    }
    expect(buffers.size).toBe(1);
    // 409,600 draws of 2³² repeat about 20 by chance.
    expect(seen.size).toBeGreaterThan(409_600 - 100);
    expect(Math.max(...[...seen].slice(0, 10_000))).toBeGreaterThan(2 ** 31);
  });
});
