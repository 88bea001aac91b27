// The error map by itself: where an error goes on the grids, what they become, and what samples count for.
import { describe, expect, it } from 'vitest';
import type { GridSize, Selector, Snapshot, StateArray } from '../../../src/core/contracts.js';
import { ArgumentError, ResumeError } from '../../../src/core/errors.js';
import { errorMap } from '../../../src/core/selectors/error-map/error-map.js';

it('spreads an error over the four nearest cells, by how near their centres are', () => {
  const side = 8;
  // Sixteen samples to come: a grid of ⌊3.5·16^¼⌋ = 7 cells a side.
  const cells = 7;
  const settings = { size: side * side, views: [{ width: side, height: side }], batchSize: 1, interval: 16 };
  for (let seed = 0; seed < 40; seed++) {
    const selector = errorMap({ ...settings, seed });
    const selection = selector.next();
    const index = selection.indices[0]!;
    selector.report(selection, Float32Array.of(2));
    const centre = (pixel: number): number =>
      Math.min(cells - 1, Math.max(0, ((pixel + 0.5) * cells) / side - 0.5));
    const near = (cell: number, pixel: number): number => Math.max(0, 1 - Math.abs(cell - centre(pixel)));
    const errors = selector.snapshot().arrays['errors']!;
    expect(errors).toHaveLength(cells * cells);
    errors.forEach((error, cell) => {
      const [row, column] = [Math.floor(cell / cells), cell % cells];
      const expected = 2 * near(row, Math.floor(index / side)) * near(column, index % side);
      expect(error, `seed ${seed}, cell ${cell}`).toBeCloseTo(expected, 5);
    });
  }
});

const views: GridSize[] = [
  { width: 4, height: 3 },
  { width: 11, height: 7 },
  { width: 1, height: 6 },
];
const size = 12 + 77 + 6;
const first = [0, 12, 89, size];
const viewOf = (index: number): number => first.findIndex((start) => start > index) - 1;
const settings = { size, views, batchSize: 20, seed: 2 };

/** Errors that differ from pixel to pixel and from view to view; none in some places. */
const errorOf = (index: number): number => ((index * 37) % 11) * [1, 3, 9][viewOf(index)]!;

function play(selector: Selector, steps: number, batchOf?: (step: number) => number): void {
  for (let step = 0; step < steps; step++) {
    const selection = selector.next(batchOf === undefined ? {} : { batchSize: batchOf(step) });
    selector.report(selection, Float32Array.from(selection.indices, errorOf));
  }
}

const doubles = (bytes: StateArray | undefined): number[] => [
  ...new Float64Array(Uint8Array.from(bytes ?? []).buffer),
];
/** Columns and rows of grids for so many samples. */
const gridsFor = (samples: number): number[] => {
  const side = Math.max(1, Math.floor(3.5 * (samples / views.length) ** 0.25));
  return views.flatMap(({ width, height }) => [Math.min(side, width), Math.min(side, height)]);
};
const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
const cumulated = (shares: readonly number[]): number[] =>
  shares.map((_, i) => (i === shares.length - 1 ? 1 : sum(shares.slice(0, i + 1))));
const expectNear = (got: readonly number[], expected: readonly number[]): void => {
  expect(got).toHaveLength(expected.length);
  expect(got.filter((value, i) => !(Math.abs(value - expected[i]!) < 1e-12))).toEqual([]);
};

describe('the distributions of the next interval', () => {
  it('are by views, rows and cells, each with a part that is even', () => {
    const selector = errorMap({ ...settings, interval: 7, growth: 1.5 });
    play(selector, 7, (step) => (step === 0 ? 20 : 10 + step));
    const before = selector.snapshot();
    expect(before.values).toMatchObject({ interval: 7, steps: 7, samples: 20 + 6 * 10 + 21 });
    expect([...before.arrays['collecting']!]).toEqual(gridsFor(7 * 20));
    expect(before.arrays['drawing']).toHaveLength(0);
    selector.next();
    const after = selector.snapshot();
    // Grids for the interval ahead, of draws as large as those of the last one.
    expect(after.values).toMatchObject({ interval: 10.5, steps: 1, samples: 20 });
    expect([...after.arrays['collecting']!]).toEqual(gridsFor((101 / 7) * 10.5));
    expect(after.arrays['drawing']).toEqual(before.arrays['collecting']);
    expect(after.arrays['errors']!.every((error) => error === 0)).toBe(true);
    const errors = [...before.arrays['errors']!].map((error) => error + 1e-10);
    const cut = gridsFor(7 * 20);
    const [ofCells, ofRows, totals]: [number[], number[], number[]] = [[], [], []];
    let at = 0;
    views.forEach((_, view) => {
      const [across, down] = [cut[2 * view]!, cut[2 * view + 1]!];
      const rows = Array.from({ length: down }, (_, y) =>
        errors.slice(at + y * across, at + (y + 1) * across),
      );
      at += across * down;
      const total = sum(rows.map(sum));
      for (const row of rows)
        ofCells.push(...cumulated(row.map((error) => (0.99 * error) / sum(row) + 0.01 / across)));
      ofRows.push(...cumulated(rows.map((row) => (0.99 * sum(row)) / total + 0.01 / down)));
      totals.push(total);
    });
    expectNear(doubles(after.arrays['ofCells']), ofCells);
    expectNear(doubles(after.arrays['ofRows']), ofRows);
    const ofViews = views.map(
      ({ width, height }, i) => (0.9 * totals[i]!) / sum(totals) + (0.1 * width * height) / size,
    );
    expectNear(doubles(after.arrays['ofViews']), cumulated(ofViews));
  });

  it('are of errors over likelihoods, and begin anew after each interval', () => {
    // Intervals of 3, 6 and 12 steps: drawn anew at the 4th, the 10th and the 22nd.
    const selector = errorMap({ ...settings, interval: 3, growth: 2 });
    const changed: number[] = [];
    let last = doubles(selector.snapshot().arrays['ofViews']).join();
    for (let step = 1; step <= 23; step++) {
      play(selector, 1);
      const now = doubles(selector.snapshot().arrays['ofViews']).join();
      if (now !== last) changed.push(step);
      last = now;
    }
    expect(changed).toEqual([4, 10, 22]);
    // Over likelihoods: whatever is drawn more often, each view's sum comes to its errors' share of all.
    const weighted = errorMap({ ...settings, interval: 1000, growth: 1, uniformShare: 0.3 });
    play(weighted, 2000);
    const cut = gridsFor(20_000);
    let at = 0;
    views.forEach(({ width, height }, view) => {
      const cells = cut[2 * view]! * cut[2 * view + 1]!;
      const got = sum([...weighted.snapshot().arrays['errors']!.subarray(at, (at += cells))]);
      const errors = Array.from({ length: width * height }, (_, i) => errorOf(first[view]! + i));
      const ratio = got / ((20_000 / size) * sum(errors));
      expect(Math.abs(ratio - 1)).toBeLessThan(0.06);
    });
  });
});

it.each([0.1, 1])(
  'weights of a full correction make every sample count alike, %f of them uniform (seed 2)',
  (uniformShare) => {
    const steps = 3000;
    // Short intervals: grids whose cells have several pixels.
    const selector = errorMap({ ...settings, interval: 5, growth: 1, uniformShare, correction: 1 });
    expect(selector.needs).toEqual(['errors', 'weights']);
    const [sums, squares] = [new Float64Array(size), new Float64Array(size)];
    for (let step = 0; step < steps; step++) {
      const selection = selector.next();
      const { indices, weights } = selection;
      indices.forEach((index, i) => {
        sums[index]! += weights![i]!;
        squares[index]! += weights![i]! ** 2;
      });
      // Never so small that a pixel is hardly ever drawn: its weights would be too large to tell anything.
      selector.report(
        selection,
        Float32Array.from(indices, (index) => 3 + errorOf(index)),
      );
    }
    const far = [...sums.keys()].filter(
      (i) => !(Math.abs(sums[i]! - (steps * 20) / size) < 5 * Math.sqrt(squares[i]!)),
    );
    expect(far).toEqual([]);
  },
);

it('goes to where the errors are', () => {
  // All errors are in the second view's last column.
  const wrong = (index: number): boolean => viewOf(index) === 1 && (index - 12) % 11 === 10;
  const selector = errorMap({ ...settings, interval: 40, growth: 1, uniformShare: 0 });
  let hits = 0;
  for (let step = 0; step < 440; step++) {
    const selection = selector.next();
    const errors = Float32Array.from(selection.indices, (index) => +wrong(index));
    selector.report(selection, errors);
    if (step >= 40) hits += sum([...errors]);
  }
  // Cells are some two pixels wide and blur by one more: 7 of 95 pixels would be a thirteenth.
  expect(hits / (400 * 20)).toBeGreaterThan(0.3);
  expect(errorMap(settings).needs).toEqual(['errors']);
  expect(errorMap({ size, views, ratio: 0.2 }).next().size).toBe(19);
});

it('needs views that make up the pool', () => {
  const make = (): Selector => errorMap({ ...settings, size: 96 });
  expect(make).toThrow(ArgumentError);
  expect(make).toThrow('The views have 95 pixels, expected 96, one for each sample of the pool.');
});

describe('a snapshot', () => {
  const taken = (): Snapshot => {
    const selector = errorMap({ ...settings, interval: 3 });
    play(selector, 5);
    return selector.snapshot();
  };

  it.each<[string, (arrays: Snapshot['arrays']) => Snapshot['arrays']]>([
    ['grids of fewer views', ({ drawing }) => ({ drawing: drawing!.slice(0, 4) })],
    [
      'grids of more columns than pixels',
      ({ drawing }) => ({ drawing: Uint32Array.from(drawing!, (n, i) => (i === 4 ? 2 : n)) }),
    ],
    [
      'grids of more rows than pixels',
      ({ drawing }) => ({ drawing: Uint32Array.from(drawing!, (n, i) => (i === 1 ? 4 : n)) }),
    ],
    ['grids of no rows', ({ collecting }) => ({ collecting: collecting!.map(() => 0) })],
    ['errors of other grids', ({ errors }) => ({ errors: errors!.slice(1) })],
    ['an error below 0', ({ errors }) => ({ errors: errors!.map((error, i) => (i === 1 ? -1 : error)) })],
    ['shares of fewer views', ({ ofViews }) => ({ ofViews: ofViews!.slice(8) })],
    ['shares of fewer rows', ({ ofRows }) => ({ ofRows: ofRows!.slice(8) })],
    ['shares of fewer cells', ({ ofCells }) => ({ ofCells: ofCells!.slice(8) })],
  ])('is refused with %s', (_, damage) => {
    const { values, arrays } = taken();
    const selector = errorMap({ ...settings, interval: 3 });
    const before = selector.snapshot();
    expect(() => selector.restore({ values, arrays: { ...arrays, ...damage(arrays) } })).toThrow(ResumeError);
    expect(selector.snapshot()).toEqual(before);
  });

  it('is refused with grids that are none of these views', () => {
    const { values, arrays } = taken();
    const collecting = new Uint32Array(4).fill(1);
    expect(() =>
      errorMap({ ...settings, interval: 3 }).restore({ values, arrays: { ...arrays, collecting } }),
    ).toThrow('expected grids of errors over 3 views');
  });

  it('is refused for views of other sizes, or turned round', () => {
    const turned = [{ width: 3, height: 4 }, ...views.slice(1)];
    expect(() => errorMap({ ...settings, interval: 3, views: turned }).restore(taken())).toThrow(
      'The snapshot belongs to other settings: its layout is',
    );
  });

  it('is refused with counts below 0', () => {
    const { values, arrays } = taken();
    for (const name of ['interval', 'steps', 'samples']) {
      const restore = (): void =>
        errorMap({ ...settings, interval: 3 }).restore({ values: { ...values, [name]: -1 }, arrays });
      expect(restore).toThrow(`expected ${name} of a selector made like this one`);
    }
  });
});
