// Uniform shares and passes: which samples may come, how many, and how often. Bounds are five standard deviations.
import { describe, expect, it } from 'vitest';
import { uniform } from '../../../src/core/selectors/uniform.js';
import { sorted } from '../oracle.js';

const size = 100;
const odd = Array.from({ length: size / 2 }, (_, i) => 2 * i + 1);
const excluded = (index: number): boolean => index % 2 === 0;

describe('a share', () => {
  it.each([
    ['few', 2, undefined],
    ['many', 20, undefined],
    ['few that are not excluded', 2, excluded],
    ['many that are not excluded', 20, excluded],
  ])('is drawn without repeats, every sample alike: %s (seed 3)', (_, batchSize, excludes) => {
    const all = excludes === undefined ? [...Array(size).keys()] : odd;
    const selector = uniform({ size, batchSize, seed: 3, ...(excludes && { excluded: excludes }) });
    const counts = new Uint32Array(size);
    const draws = 3000;
    for (let i = 0; i < draws; i++) {
      const { indices } = selector.next();
      expect(new Set(indices).size).toBe(batchSize);
      for (const index of indices) counts[index]!++;
    }
    const p = batchSize / all.length;
    const far = all.filter(
      (index) => Math.abs(counts[index]! - draws * p) > 5 * Math.sqrt(draws * p * (1 - p)),
    );
    expect(far).toEqual([]);
    expect(all.reduce((sum, index) => sum + counts[index]!, 0)).toBe(draws * batchSize);
  });

  it('begins with the same samples however many are drawn', () => {
    const first = (batchSize: number): number[] => [...uniform({ size, batchSize }).next().indices];
    const most = first(50);
    for (const count of [1, 6, 7, 49]) expect(first(count)).toEqual(most.slice(0, count));
  });

  it('is of the samples that are not excluded, all of them in their order at a ratio of 1', () => {
    expect(uniform({ size, excluded, ratio: 0.13 }).next()).toMatchObject({
      size: 6,
      ratio: 0.13,
      wants: [],
    });
    const selector = uniform({ size, excluded, ratio: 1 });
    const { whole, indices } = selector.next();
    expect([whole, [...indices]]).toEqual([false, odd]);
    expect(selector.next().indices.buffer).toBe(indices.buffer);
    expect(selector.next({ batchSize: 50 }).indices.buffer).toBe(indices.buffer);
    expect(selector.next({ batchSize: 49 }).indices).toHaveLength(49);
    // Drawing leaves the list as it was.
    expect([...selector.next().indices]).toEqual(odd);
  });

  it('moves by its schedule, which needs a number of steps', () => {
    const selector = uniform({ size, steps: 4, ratio: 0.2, schedule: 'linear' });
    expect([1, 2, 3, 4].map(() => selector.next().size)).toEqual([40, 60, 80, 100]);
    expect(() => uniform({ size, schedule: 'linear' })).toThrow(
      "The 'uniform' selector has settings that move over the run, but no number of steps",
    );
    expect(uniform({ size, ratio: 0.2 }).next().size).toBe(20);
  });
});

describe('passes', () => {
  it.each([
    ['all samples', undefined, [...Array(size).keys()]],
    ['those that are not excluded', excluded, odd],
  ])('have %s once before any comes again, in another order each', (_, excludes, all) => {
    const selector = uniform({ size, batchSize: 7, passes: true, ...(excludes && { excluded: excludes }) });
    const indices = Array.from({ length: all.length }, () => {
      const selection = selector.next();
      expect(selection.ratio).toBe(7 / size);
      return [...selection.indices];
    }).flat();
    const passes = Array.from({ length: 7 }, (_, i) => indices.slice(i * all.length, (i + 1) * all.length));
    for (const pass of passes) expect(sorted(pass)).toEqual(all);
    expect(new Set(passes.map(String)).size).toBe(7);
  });

  it('take a share of the pool where nobody says how many, and more than one pass where they are to', () => {
    const selector = uniform({ size, ratio: 0.37, passes: true });
    expect(selector.next()).toMatchObject({ size: 37, ratio: 0.37, wants: [] });
    const { indices } = uniform({ size, passes: true, batchSize: 250 }).next();
    const counts = new Uint32Array(size);
    for (const index of indices) counts[index]!++;
    expect([Math.min(...counts), Math.max(...counts)]).toEqual([2, 3]);
  });
});

it('snapshots of another share are refused', () => {
  const snapshot = uniform({ size, steps: 9, ratio: 0.2 }).snapshot();
  for (const [more, message] of [
    [{ ratio: 0.3 }, "its ratio is 0.2, this selector's is 0.3"],
    [{ ratio: 0.2, schedule: 'step' }, 'its schedule is "constant", this selector\'s is "step"'],
    [{ ratio: 0.2, passes: true }, "its passes is null, this selector's is true"],
  ] as const) {
    expect(() => uniform({ size, steps: 9, ...more }).restore(snapshot)).toThrow(message);
  }
  const passes = uniform({ size, ratio: 0.2, passes: true }).snapshot();
  expect(() => uniform({ size, ratio: 0.3, passes: true }).restore(passes)).toThrow('its ratio is 0.2');
  expect(() => uniform({ size, ratio: 0.2 }).restore(passes)).toThrow(
    'its schedule is null, this selector\'s is "constant"',
  );
});
