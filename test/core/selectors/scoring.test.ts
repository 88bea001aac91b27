// Strategies that score the whole pool, against plain versions: what they ask for and when, and which samples they keep.
import { describe, expect, it } from 'vitest';
import type { Feedback, Selection, Selector } from '../../../src/core/contracts.js';
import { ResumeError } from '../../../src/core/errors.js';
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
    const n = first.size;
    const found = { absolute: floats(n), tangents: floats(n), predictions: floats(n * channels) };
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

describe('int over some samples', () => {
  it('scores and keeps those that are not excluded', () => {
    const excluded = (index: number): boolean => index % 4 === 0;
    const members = [...Array(size).keys()].filter((index) => !excluded(index));
    const [first, second] = play(int({ size, ratio: 0.3, sampling: 'dense', excluded }), 2);
    for (const { train, score, found } of [first!, second!]) {
      expect([...score!.indices]).toEqual(members);
      expect(score).toMatchObject({ whole: false, ratio: 1, awaited: true, wants: ['absolute'] });
      expect(sorted(train.indices)).toEqual(best(found!.absolute!, 45).map((place) => members[place]!));
    }
  });

  it.each([
    ['schedule', { sampling: 'dense', schedule: 'linear' }],
    ['sampling', {}],
  ] as const)('needs a number of steps where its %s moves', (_, more) => {
    expect(() => int({ size, ...more })).toThrow(
      "The 'int' selector has settings that move over the run, but no number of steps",
    );
    expect(int({ size, steps: 9, ...more }).next().pass).toBe('score');
    expect(int({ size, sampling: 'dense2' }).next().pass).toBe('score');
  });

  it('is refused a snapshot that keeps more than there are', () => {
    const selector = int({ size, sampling: 'dense' });
    const { values, arrays } = selector.snapshot();
    for (const wrong of [{ kept: size + 1 }, { kept: -1 }, { scored: -1 }]) {
      expect(() => selector.restore({ values: { ...values, ...wrong }, arrays })).toThrow(ResumeError);
    }
    selector.restore({ values: { ...values, kept: size, scored: size + 1 }, arrays });
  });
});

describe('nint', () => {
  it('grows and shrinks by random samples between passes, and scores anew where the pool was drawn anew', () => {
    const steps = 20;
    const selector = nint({ size, steps, ratio: 0.2, schedule: 'linear', scoreEvery: 8, randomShare: 0.5 });
    let kept: number[] = [];
    play(selector, 5).forEach(({ train, score, found }, s) => {
      expect(score !== undefined).toBe(s === 0);
      const total = Math.floor((0.2 + (0.8 * (s + 1)) / steps) * size + 1e-9);
      expect(train.size).toBe(total);
      if (found !== undefined) {
        const byKernel = best(found.tangents!, Math.floor(total * 0.5));
        kept = byKernel;
      }
      expect(holds(train, kept)).toBe(true);
    });
    selector.next({ revision: 1 });
    const anew = selector.next({ revision: 2 });
    // The seventh step is to come: the kernel's share is exp(−6/8) of the half that is not random.
    expect(anew).toMatchObject({ pass: 'score', step: 7, wants: ['absolute', 'tangents'] });
  });

  it('needs no number of steps where nothing moves over them', () => {
    for (const selector of [nint({ size }), nintReleased({ size })]) {
      expect(selector.next().pass).toBe('score');
    }
  });

  it('goes by the kernel as long as it is told to', () => {
    const wants = (kernelDecay: number): number => {
      const seen = play(nint({ size, steps: 60, ratio: 0.3, scoreEvery: 4, kernelDecay }), 60);
      return seen.filter(({ score }) => score?.wants.includes('tangents')).length;
    };
    // Of 18 samples exp(−λs/4) leaves at least one until λs = 4·ln 18 = 11.6.
    expect([0, 0.5, 1, 2, 100].map(wants)).toEqual([15, 6, 3, 2, 1]);
  });

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

  it.each([0.5, 1])(
    'looks at everything before every step, keeps the highest predictions found: %f',
    (ratio) => {
      let first: number[] = [];
      const [total, elite] = [200 * ratio, 60 * ratio];
      play(nintReleased({ size, ratio }), 40).forEach(({ train, score, found }, i) => {
        const step = i + 1;
        const finds = [1, 10, 20].includes(step);
        expect(score?.wants).toEqual(finds ? ['absolute', 'predictions'] : ['absolute']);
        const squares = Array.from(
          { length: size },
          (_, k) => found!.predictions![2 * k]! ** 2 + found!.predictions![2 * k + 1]! ** 2,
        );
        if (finds) first = best(Float32Array.from(squares), Math.floor(total * releasedShare(step)));
        if (releasedShare(step) === 0) first = [];
        const kept = [...first, ...best(found!.absolute!, elite - first.length, first)];
        expect(train.size).toBe(total);
        expect(holds(train, kept), `step ${step}`).toBe(true);
      });
    },
  );

  it('keeps three tenths, and finds the highest predictions anew where the pool was drawn anew', () => {
    const selector = nintReleased({ size, ratio: 0.5 });
    play(selector, 2);
    // ⌊100 · 0.3/e⌋ by predictions, the rest by error.
    expect(selector.snapshot().values).toMatchObject({ kept: 30, found: 11, scored: 2 });
    const { values, arrays } = selector.snapshot();
    for (const found of [-1, size + 1]) {
      expect(() => selector.restore({ values: { ...values, found }, arrays })).toThrow(
        'expected found of a selector made like this one',
      );
    }
    const known = selector.next({ revision: 1 });
    expect(known).toMatchObject({ pass: 'score', step: 3, wants: ['absolute'] });
    selector.report(known, { absolute: new Float32Array(size) });
    const pass = selector.next({ revision: 2 });
    expect(pass).toMatchObject({ pass: 'score', step: 3, wants: ['absolute', 'predictions'] });
    const predictions = Float32Array.from({ length: 2 * size }, (_, i) => (i >> 1 < 20 ? 9 : 1));
    selector.report(pass, { absolute: new Float32Array(size), predictions });
    // ⌊100 · 0.3·exp(⌊−0.6⌋)⌋ of the first twenty, of equal ones the lowest.
    expect(holds(selector.next(), [...Array(11).keys()])).toBe(true);
    expect(selector.snapshot().values).toMatchObject({ kept: 30, found: 11, scored: 3 });
  });
});
