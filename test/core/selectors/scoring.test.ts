// Strategies that score the whole pool, against plain versions: what they ask for and when, and which samples they keep.
import { describe, expect, it } from 'vitest';
import type { Feedback, Selection, Selector } from '../../../src/core/contracts.js';
import { createRandom } from '../../../src/core/numeric/random.js';
import { int } from '../../../src/core/selectors/int.js';
import { nintReleased, releasedShare } from '../../../src/core/selectors/nint-released/nint-released.js';
import { nint } from '../../../src/core/selectors/nint/nint.js';
import { sorted, topK } from '../oracle.js';

const size = 200;
const channels = 2;

interface Step {
  readonly train: Selection;
  /** The pass before it, if there was one, and what it found. */
  readonly score?: Selection;
  readonly found?: Feedback;
}

/** Takes steps with scores that differ at every pass. */
function play(selector: Selector, count: number): Step[] {
  const random = createRandom(9);
  const floats = (n: number): Float32Array => Float32Array.from({ length: n }, () => random.float());
  const copied = (selection: Selection): Selection => ({ ...selection, indices: selection.indices.slice() });
  return Array.from({ length: count }, () => {
    const first = copied(selector.next());
    if (first.pass === 'train') return { train: first };
    const found = { absolute: floats(size), tangents: floats(size), predictions: floats(size * channels) };
    selector.report(first, found);
    return { train: copied(selector.next()), score: first, found };
  });
}

/** The k highest of those that are not taken. */
const best = (scores: ArrayLike<number>, k: number, taken: readonly number[] = []): number[] =>
  topK(
    Array.from(scores, (score, i) => (taken.includes(i) ? -1 : score)),
    k,
  );
const holds = (selection: Selection, wanted: readonly number[]): boolean =>
  wanted.every((i) => selection.indices.includes(i));

describe('int', () => {
  it('keeps the largest errors from one pass to the next, as many as the schedule said then', () => {
    const steps = 40;
    let kept: number[] = [];
    const seen = play(int({ size, steps, ratio: 0.2, schedule: 'linear' }), steps);
    seen.forEach(({ train, score, found }, s) => {
      const looks = s <= 10 || s % Math.min(50, 10 * (1 + Math.floor((s - 10) / 6))) === 0;
      expect(score !== undefined, `step ${s}`).toBe(looks);
      const ratio = 0.2 + (s / steps) * 0.8;
      if (found?.absolute !== undefined) kept = best(found.absolute, Math.floor(ratio * size));
      expect(sorted(train.indices)).toEqual(kept);
      expect(train.ratio).toBeCloseTo(ratio, 12);
    });
  });

  it('draws a batch from those, and looks at a pool anew that was drawn anew', () => {
    const selector = int({ size, steps: 40, ratio: 0.5, sampling: 'reverse-incremental', batchSize: 16 });
    const [first, second] = play(selector, 2);
    expect(first?.train.size).toBe(16);
    const kept = best(first?.found?.absolute ?? [], 100);
    for (const { train } of [first!, second!]) for (const i of train.indices) expect(kept).toContain(i);
    expect(second?.score).toBeUndefined();
    selector.next({ revision: 1 });
    expect(selector.next({ revision: 2 }).pass).toBe('score');
  });
});

describe('nint', () => {
  it('takes the highest by the kernel, then the largest errors, and fills up at random', () => {
    let kept: number[] = [];
    play(nint({ size, steps: 80, ratio: 0.3, scoreEvery: 4 }), 80).forEach(({ train, score, found }, s) => {
      expect(score !== undefined, `step ${s}`).toBe(s % 4 === 0);
      const byKernel = Math.floor(60 * 0.3 * Math.exp(-s / 4) + 1e-9);
      if (found !== undefined) {
        expect(score?.wants).toEqual(byKernel > 0 ? ['absolute', 'tangents'] : ['absolute']);
        const first = best(found.tangents!, byKernel);
        kept = [...first, ...best(found.absolute!, 18 - byKernel, first)];
      }
      expect(train.size).toBe(60);
      expect(new Set(train.indices).size).toBe(60);
      expect(holds(train, kept), `step ${s}`).toBe(true);
    });
  });
});

describe('nint-released', () => {
  it('has the shares of the released schedule', () => {
    const shares = [1, 10, 20, 25, 26].map((u) => Number(releasedShare(u).toFixed(4)));
    expect(shares).toEqual([0.1104, 0.0406, 0.0055, 0.002, 0]);
  });

  it('looks at everything before every step, and keeps the highest predictions where they are looked for', () => {
    let first: number[] = [];
    play(nintReleased({ size, steps: 40, ratio: 0.5 }), 40).forEach(({ train, score, found }, i) => {
      const step = i + 1;
      const finds = [1, 10, 20].includes(step);
      expect(score?.wants).toEqual(finds ? ['absolute', 'predictions'] : ['absolute']);
      const squares = Array.from(
        { length: size },
        (_, k) => found!.predictions![2 * k]! ** 2 + found!.predictions![2 * k + 1]! ** 2,
      );
      if (finds) first = best(Float32Array.from(squares), Math.floor(100 * releasedShare(step)));
      if (releasedShare(step) === 0) first = [];
      const kept = [...first, ...best(found!.absolute!, 30 - first.length, first)];
      expect(train.size).toBe(100);
      expect(holds(train, kept), `step ${step}`).toBe(true);
    });
  });
});
