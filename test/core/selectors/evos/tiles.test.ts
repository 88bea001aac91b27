// What EVOS over tiles draws, and what its samples count for. Expected shares come from the counts in its description, with
// fixed seeds and bounds of five standard deviations.
import { describe, expect, it } from 'vitest';
import type { Selection, Selector, TileLayout } from '../../../../src/core/contracts.js';
import { evos, evosStrategy } from '../../../../src/core/selectors/evos/evos.js';
import { runTiles } from '../../../../src/core/selectors/tile-layout.js';
import { makeSelector, type OptionsOf } from '../../../../src/core/selectors/strategy.js';
import type { evosSettings } from '../../../../src/core/selectors/evos/settings.js';

const sizes = [8, 20, 5, 40, 12, 15];
const size = 100;
const starts = sizes.map((_, tile) => sizes.slice(0, tile).reduce((sum, samples) => sum + samples, 0));
const owners = sizes.flatMap((samples, tile) => Array<number>(samples).fill(tile));
/** By rising error: 5, 2, 1, 0, 3, 4. */
const errorOf = (tile: number): number => [4, 3, 2, 5, 6, 1][tile]!;

/** Patches are four in a row, from any sample on: those past the end begin again, or there are none such. */
function tiles(wraps: boolean): TileLayout {
  const layout: TileLayout = {
    count: sizes.length,
    sizeOf: (tile) => sizes[tile]!,
    sampleAt: (tile, i) => starts[tile]! + i,
    patchAt: (tile, random, places) => {
      const samples = sizes[tile]!;
      const first = random.below(wraps ? samples : samples - 3);
      for (let k = 0; k < 4; k++) places[k] = (first + k) % samples;
    },
  };
  const coverage = (tile: number, i: number): number => {
    const last = sizes[tile]! - 4;
    return (Math.min(i, last) - Math.max(0, i - 3) + 1) / (last + 1);
  };
  return wraps ? layout : { ...layout, coverage };
}

/** Samples of patches that are not four in a row. */
const torn = (indices: Uint32Array, patches: number): Uint32Array =>
  indices.subarray(0, 4 * patches).filter((index, at) => index !== indices[at - (at % 4)]! + (at % 4));

type Options = Partial<OptionsOf<typeof evosSettings>>;

function play(options: Options, steps: number, see: (selection: Selection) => void): void {
  const selector = evos({ size, batchSize: 30, seed: 4, interval: 40, ...options });
  for (let step = 0; step < steps; step++) {
    const selection = selector.next();
    see(selection);
    selector.report(
      selection,
      Float32Array.from(selection.indices, (index) => errorOf(owners[index]!)),
    );
  }
}

describe('weights of a full correction', () => {
  it.each<[string, boolean, Options]>([
    ['elite, others and patches', false, { evaluationShare: 0.3 }],
    ['patches that cover a tile evenly', true, { evaluationShare: 0.6, ratio: 0.4 }],
    ['patches alone', false, { evaluationShare: 1 }],
    ['no patches', true, { evaluationShare: 0, mutationShare: 0.4 }],
    ['all tiles elite, and no patches', true, { evaluationShare: 0, mutationShare: 0, ratio: 1 }],
    ['the elite alone', true, { evaluationShare: 0.2, ratio: 1, mutationShare: 0 }],
    ['others alone', false, { evaluationShare: 0.2, mutationShare: 1 }],
  ])('make every sample count alike: %s (seed 4)', (_, wraps, options) => {
    const [sums, squares] = [new Float64Array(size), new Float64Array(size)];
    const steps = 1500;
    play({ layout: tiles(wraps), correction: 1, ...options }, steps, ({ indices, weights }) => {
      indices.forEach((index, i) => {
        sums[index]! += weights![i]!;
        squares[index]! += weights![i]! ** 2;
      });
    });
    const far = [...sums.keys()].filter(
      (i) => !(Math.abs(sums[i]! - (steps * 30) / size) < 5 * Math.sqrt(squares[i]!)),
    );
    expect(far).toEqual([]);
    // Whole tiles tell smaller differences.
    const of = (values: Float64Array, tile: number): number =>
      values.reduce((sum, value, i) => sum + (owners[i] === tile ? value : 0), 0);
    sizes.forEach((samples, tile) => {
      const off = of(sums, tile) - (steps * 30 * samples) / size;
      expect(Math.abs(off), `tile ${tile}`).toBeLessThan(5 * Math.sqrt(of(squares, tile)));
    });
  });
});

it('a correction is refused where some tiles would never be drawn', () => {
  const options = { size, layout: tiles(true), correction: 1, evaluationShare: 0 };
  // ⌊0.5 · 0.3 · 6⌋ = 0 mutants.
  expect(() => evos({ ...options, mutationShare: 0.3 })).toThrow(
    'correction needs every sample to be drawn now and then, but evaluationShare is 0 and mutationShare comes to none of 6 ' +
      'tiles: set one higher, or correction to 0.',
  );
  expect(evos({ ...options, mutationShare: 0.34 }).needs).toEqual(['errors', 'weights']);
  expect(evos({ ...options, mutationShare: 0.3, evaluationShare: 0.1 }).size).toBe(size);
  expect(evos({ ...options, mutationShare: 0.3, correction: 0 }).needs).toEqual(['errors']);
});

describe('a draw', () => {
  it('has the patches of its share, and of the rest as many of the elite as they are among elite and mutants (seed 4)', () => {
    // Of six tiles three are selected, one of them at random: 3 and 4, of 40 and 12 samples, are the elite, and one of the
    // others' 48 samples in four tiles counts 12.
    const [elite, steps] = [52 / (52 + 48 / 4), 2000];
    let [patches, rest, ofElite, seen] = [0, 0, 0, 0];
    play(
      { layout: tiles(false), evaluationShare: 0.3, ratio: 0.5, mutationShare: 0.35, interval: 40 },
      steps,
      ({ id, indices, patches: own = 0 }) => {
        expect([2, 3]).toContain(own);
        patches += own;
        expect(torn(indices, own)).toHaveLength(0);
        if (id <= 40) return;
        seen += 30 - 4 * own;
        rest += (30 - 4 * own) * elite;
        for (const index of indices.subarray(4 * own)) ofElite += +[3, 4].includes(owners[index]!);
      },
    );
    // Rounding has a standard deviation of at most a half.
    expect(Math.abs(patches - 2.25 * steps)).toBeLessThan(5 * 0.5 * Math.sqrt(steps));
    expect(Math.abs(ofElite - rest)).toBeLessThan(5 * 0.5 * Math.sqrt(steps));
    expect(seen).toBeGreaterThan(30_000);
  });

  it('has whole patches where nothing else is asked for', () => {
    play({ layout: tiles(false), evaluationShare: 1 }, 30, ({ patches }) => expect(patches).toBe(7));
    play({ layout: tiles(false), evaluationShare: 0 }, 30, ({ patches }) => expect(patches).toBeUndefined());
  });

  it('is a share of the pool where nobody says how large', () => {
    const selector = evos({ size, layout: tiles(false), ratio: 0.37 });
    expect(selector.next()).toMatchObject({ size: 37, ratio: 0.37, wants: ['errors'], awaited: false });
  });

  it('goes by the defaults of tiles, for what is left undefined too', () => {
    const settings = evos({ size, layout: tiles(false) }).snapshot().values['settings'];
    expect(settings).toMatchObject({ interval: 50, frequencyWeight: 0.5, ratio: 0.5 });
    const given = { size, layout: tiles(false), interval: undefined, ratio: undefined };
    expect(
      makeSelector(evosStrategy, given as object as { size: number }).snapshot().values['settings'],
    ).toEqual(settings);
  });

  it('is of tiles alike until the first crossover, and of the fittest from then on', () => {
    const fittest: boolean[] = [];
    play({ layout: tiles(false), evaluationShare: 0, mutationShare: 0, interval: 7 }, 20, ({ indices }) => {
      fittest.push(indices.every((index) => [0, 3, 4].includes(owners[index]!)));
    });
    expect(fittest).toEqual(Array.from({ length: 20 }, (_, i) => i >= 7));
  });

  it('has no tile that is wholly excluded, though its error were the largest, and no patch with an excluded sample', () => {
    const excluded = (index: number): boolean => owners[index] === 4 || index === 9 || index === 50;
    const counts = new Uint32Array(size);
    play(
      { layout: tiles(false), evaluationShare: 0.5, mutationShare: 0, ratio: 0.41, excluded },
      400,
      ({ id, indices, patches = 0 }) => {
        expect(torn(indices, patches)).toHaveLength(0);
        // 30 · 0.5 / 4 = 3.75, rounded at random: others are found for those that have an excluded sample.
        expect([3, 4]).toContain(patches);
        // ⌊0.41 · 5⌋ tiles of the five that are left: 0 and 3.
        const rest = [...indices.subarray(4 * patches)];
        if (id > 40) expect(rest.filter((index) => ![0, 3].includes(owners[index]!))).toEqual([]);
        for (const index of indices) counts[index]!++;
      },
    );
    const wrong = [...counts.keys()].filter((index) => excluded(index) !== (counts[index] === 0));
    expect(wrong).toEqual([]);
  });
});

it('a draw does without patches where each would have an excluded sample', () => {
  const excluded = (index: number): boolean => index % 3 === 0;
  play({ layout: tiles(false), evaluationShare: 0.5, excluded }, 20, ({ indices, patches }) => {
    expect(patches).toBeUndefined();
    expect([indices.length, indices.some(excluded)]).toEqual([30, false]);
  });
});

it('tiles without patches are no individuals: samples are', () => {
  const selector = evos({ size, layout: runTiles(size, 10), steps: 5 });
  expect(selector.next()).toMatchObject({ whole: true, awaited: true });
});

it('a snapshot is refused whose elite is of other counts', () => {
  const make = (): Selector => evos({ size, batchSize: 30, interval: 2, layout: tiles(false) });
  const selector = make();
  for (let step = 0; step < 3; step++) {
    const selection = selector.next();
    selector.report(selection, new Float32Array(30).fill(1));
  }
  const { values, arrays } = selector.snapshot();
  // ⌊0.5 · 6⌋ less ⌊0.25 · 6⌋ tiles.
  expect(values).toMatchObject({ elite: 2, draws: 3 });
  for (const wrong of [{ elite: 1 }, { elite: 3 }, { elite: -1 }, { draws: -1 }, { eliteSamples: -1 }]) {
    const restore = (): void => make().restore({ values: { ...values, ...wrong }, arrays });
    expect(restore).toThrow(`expected ${Object.keys(wrong)[0]} of a selector made like this one`);
  }
});

describe('frequency fitness', () => {
  const operator = (predictions: Float32Array, targets: Float32Array, count: number, out: Float32Array) => {
    let sum = 0;
    for (let p = 0; p < count; p++) {
      out[p] = (predictions[4 * p]! - targets[4 * p]!) ** 2;
      sum += out[p]!;
    }
    return sum;
  };
  const options = {
    layout: tiles(false),
    patchOperator: operator,
    size,
    batchSize: 40,
    evaluationShare: 0.5,
  };

  it('is of patches alone, by their operator or as reported, and guides the crossover with the error', () => {
    // Frequency fitness is largest in tiles 5, 1 and 2, error in 4, 3 and 0; one place of three goes to the error.
    const rough = [0, 40, 30, 0, 0, 50];
    for (const reports of [true, false]) {
      const selector = evos({ ...options, mutationShare: 0, interval: 10, frequencyWeight: 0.35 });
      const seen = new Set<number>();
      for (let step = 1; step <= 30; step++) {
        const selection = selector.next();
        const { indices, patches = 0 } = selection;
        const targets = Float32Array.from(indices, (_, i) => i);
        const predictions = targets.map((target, i) => target + Math.sqrt(rough[owners[indices[i]!]!]!));
        const errors = Float32Array.from(indices, (index) => errorOf(owners[index]!));
        const frequency = Float32Array.from({ length: patches }, (_, p) => rough[owners[indices[4 * p]!]!]!);
        selector.report(selection, reports ? { errors, frequency } : { errors, predictions, targets });
        if (step > 10) for (const index of indices.subarray(4 * patches)) seen.add(owners[index]!);
      }
      // Mean error 3.5, mean frequency fitness 20: of three places ⌊3 · 3.5/(3.5 + 7)⌋ = 0 or 1 go to the error.
      expect([...seen].sort(), `reports ${reports}`).toEqual([1, 4, 5]);
    }
  });

  it('that is not finite is refused', () => {
    const selector = evos(options);
    const selection = selector.next();
    const errors = new Float32Array(40).fill(1);
    const targets = new Float32Array(40);
    const predictions = new Float32Array(40);
    for (const [value, got] of [
      [NaN, 'NaN'],
      [3e38, 'Infinity'],
    ] as const) {
      predictions[4] = value;
      expect(() => selector.report(selection, { errors, predictions, targets })).toThrow(
        `The frequency fitness of sample 1 is ${got}`,
      );
    }
    expect(selector.report(selection, { errors, predictions: targets, targets })).toBe(true);
  });

  it('is not asked for where there are no patches, no predictions or no operator', () => {
    const never = (): number => {
      throw new Error('asked for');
    };
    const values = new Float32Array(40).fill(1);
    const all = { errors: values, predictions: values, targets: values };
    for (const [more, feedback] of [
      [{ patchOperator: never, evaluationShare: 0 }, all],
      [{ patchOperator: never }, { errors: values }],
      [{ patchOperator: never }, { errors: values, predictions: values }],
      [{ patchOperator: undefined }, all],
    ] as const) {
      const selector = evos({ ...options, ...(more as Options) });
      expect(selector.report(selector.next(), feedback)).toBe(true);
    }
  });
});
