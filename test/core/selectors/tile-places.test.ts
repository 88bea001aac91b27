// A tile's samples in shuffled passes of its own.
import { expect, it } from 'vitest';
import { createRandom } from '../../../src/core/numeric/random.js';
import { checkState, save } from '../../../src/core/state.js';
import { TilePlaces } from '../../../src/core/selectors/tile-places.js';
import { sorted } from '../oracle.js';

it('every sample of a tile comes once in a pass, in another order for each tile, pass and seed', () => {
  const size = 12;
  const orders = new Set<string>();
  for (const seed of [1, 2]) {
    const places = new TilePlaces(3, createRandom(seed));
    for (let pass = 0; pass < 4; pass++) {
      const orderOf = [0, 1, 2].map((): number[] => []);
      // Tiles take turns: each has passes of its own.
      for (let i = 0; i < size; i++) orderOf.forEach((order, tile) => order.push(places.next(tile, size)));
      for (const order of orderOf) {
        expect(sorted(order)).toEqual([...Array(size).keys()]);
        orders.add(order.join());
      }
    }
  }
  expect(orders.size).toBe(2 * 4 * 3);
});

it('passes go on from a snapshot', () => {
  const [first, second] = [new TilePlaces(2, createRandom(5)), new TilePlaces(2, createRandom(5))];
  for (let i = 0; i < 9; i++) first.next(i % 2, 7);
  const snapshot = save(first.state);
  expect(snapshot).toEqual({ values: {}, arrays: { visits: Uint32Array.of(5, 4) } });
  checkState(second.state, snapshot)();
  for (let i = 0; i < 20; i++) expect(second.next(i % 2, 7)).toBe(first.next(i % 2, 7));
  expect(() => checkState(new TilePlaces(3, createRandom(5)).state, snapshot)).toThrow(
    'expected the visits of each of 3 tiles',
  );
});
