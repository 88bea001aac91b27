// Kept places and random others: sets, and how often each is drawn. Bounds are five standard deviations, seeds fixed.
import { expect, it } from 'vitest';
import { createRandom } from '../../../../src/core/numeric/random.js';
import { KeptPlaces } from '../../../../src/core/selectors/parts/kept-places.js';
import { sorted } from '../../oracle.js';

const random = createRandom(8);

it('are places among the samples that are not excluded', () => {
  const all = new KeptPlaces({ size: 5 });
  expect([all.count, all.members, [...all.order]]).toEqual([5, undefined, [0, 1, 2, 3, 4]]);
  const some = new KeptPlaces({ size: 6, excluded: (i) => i % 2 === 0 });
  expect([some.count, some.members, [...some.order]]).toEqual([3, Uint32Array.of(1, 3, 5), [0, 1, 2]]);
  some.order.set([2, 0, 1]);
  expect([...some.draw(2, 0, Infinity, random)]).toEqual([1, 3]);
  expect(sorted(some.draw(2, 1, 9, random))).toEqual([1, 3, 5]);
});

it('all come, or as many as asked for, each as likely as if all had been drawn first', () => {
  const places = new KeptPlaces({ size: 12 });
  // Kept: 0, 2, 4, 6.
  places.order.set([1, 3, 5, 7, 8, 9, 10, 11, 0, 2, 4, 6]);
  const all = places.draw(4, 3, 7, random);
  expect(sorted(all.subarray(0, 4))).toEqual([0, 2, 4, 6]);
  expect(new Set(all).size).toBe(7);
  const [draws, most] = [6000, 5];
  const counts = new Uint32Array(12);
  const fromKept = new Uint32Array(most + 1);
  for (let i = 0; i < draws; i++) {
    const drawn = places.draw(4, 3, most, random);
    expect([drawn.length, new Set(drawn).size]).toEqual([most, most]);
    for (const index of drawn) counts[index]!++;
    fromKept[drawn.filter((index) => index < 8 && index % 2 === 0).length]!++;
  }
  const expectNear = (count: number, p: number): void =>
    expect(Math.abs(count - draws * p)).toBeLessThan(5 * Math.sqrt(draws * p * (1 - p)));
  counts.forEach((count, index) => {
    const kept = index < 8 && index % 2 === 0;
    expectNear(count, (most / 7) * (kept ? 1 : 3 / 8));
  });
  // Hypergeometric: choose(4, k) · choose(3, 5 − k) / choose(7, 5).
  [0, 0, 6 / 21, 12 / 21, 3 / 21].forEach((p, k) => {
    if (p === 0) expect(fromKept[k]).toBe(0);
    else expectNear(fromKept[k]!, p);
  });
});

it('some of the kept and some of the others come', () => {
  const places = new KeptPlaces({ size: 40 });
  for (const [kept, fromKept, fromOthers] of [
    [10, 10, 5],
    [10, 4, 30],
    [10, 0, 1],
    [0, 0, 7],
    [40, 3, 0],
  ] as const) {
    const drawn = [...places.drawBoth(kept, fromKept, fromOthers, random)];
    expect(new Set(drawn).size).toBe(fromKept + fromOthers);
    expect(drawn.filter((index) => index >= 40 - kept)).toHaveLength(fromKept);
  }
});
