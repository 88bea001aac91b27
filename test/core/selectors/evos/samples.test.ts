// EVOS over samples where some are excluded or the pool is drawn anew, against a plain version.
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../src/core/numeric/random.js';
import { evos } from '../../../../src/core/selectors/evos/evos.js';
import { ranking, selectOrder, sorted } from '../../oracle.js';

const [size, channels] = [24, 2];
const excluded = (index: number): boolean => index % 5 === 0;
const members = [...Array(size).keys()].filter((index) => !excluded(index));
const random = createRandom(77);
const floats = (length: number): Float32Array => Float32Array.from({ length }, () => random.float());

/** A sample's response goes by the next sample's values too, excluded or not. */
function response(values: Float32Array): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => {
    const next = ((i + 1) % size) * channels;
    return 30 * (values[i * channels]! - values[next + 1]!);
  });
}

describe('evos over the samples that are not excluded', () => {
  const weight = 1e-3;
  // Every second step evaluates; the fittest half trains in between.
  const settings = { size, steps: 8, interval: 2, mutationShare: 0, frequencyWeight: weight, excluded };

  /** The elite, by predictions of the members: the others count as right. */
  function expected(predictions: Float32Array, targets: Float32Array): number[] {
    const filled = targets.slice();
    members.forEach((index, at) => {
      filled.set(predictions.subarray(at * channels, (at + 1) * channels), index * channels);
    });
    const [now, wanted] = [response(filled), response(targets)];
    const frequency = Float32Array.from(members, (index) => (now[index]! - wanted[index]!) ** 2);
    const errors = Float32Array.from(members, (index) => {
      const at = index * channels;
      return ((filled[at]! - targets[at]!) ** 2 + (filled[at + 1]! - targets[at + 1]!) ** 2) / 2;
    });
    const count = Math.floor(members.length / 2);
    const order = selectOrder(errors, frequency, weight, count);
    // The frequency has a say.
    const elite = sorted(order.slice(-count).map((place) => members[place]!));
    expect(elite).not.toEqual(
      sorted(
        ranking(errors)
          .slice(0, count)
          .map((place) => members[place]!),
      ),
    );
    return elite;
  }

  it('evaluates those alone, and goes by the operator over the whole pool', () => {
    const targets = floats(size * channels);
    const selector = evos({ ...settings, targets, operator: { response } });
    expect(selector.needs).toEqual(['errors', 'predictions']);
    for (let round = 0; round < 3; round++) {
      const evaluation = selector.next();
      expect([...evaluation.indices]).toEqual(members);
      expect(evaluation).toMatchObject({ whole: false, awaited: true, wants: ['errors', 'predictions'] });
      const predictions = floats(members.length * channels);
      selector.report(evaluation, { predictions });
      expect(sorted(selector.next().indices)).toEqual(expected(predictions, targets));
    }
  });

  it('takes the targets anew where the pool was drawn anew, and goes by the old order until it evaluates', () => {
    let targets = floats(size * channels);
    const given = (indices: Uint32Array): Float32Array =>
      Float32Array.from([...indices].flatMap((index) => [targets[2 * index]!, targets[2 * index + 1]!]));
    const selector = evos({ ...settings, targets: given, operator: { response } });
    const first = floats(members.length * channels);
    selector.report(selector.next({ revision: 1 }), { predictions: first });
    const elite = expected(first, targets);
    targets = floats(size * channels);
    expect(sorted(selector.next({ revision: 2 }).indices)).toEqual(elite);
    const second = floats(members.length * channels);
    selector.report(selector.next({ revision: 2 }), { predictions: second });
    expect(sorted(selector.next({ revision: 2 }).indices)).toEqual(expected(second, targets));
  });

  it('ranks by a frequency fitness that is reported, of those alone', () => {
    const selector = evos({ ...settings, crossover: 'add' });
    const [errors, frequency] = [floats(members.length), floats(members.length).map((value) => 1e3 * value)];
    selector.report(selector.next(), { errors, frequency });
    const fitness = errors.map((error, i) => error + weight * frequency[i]!);
    const fittest = ranking(fitness).slice(0, Math.floor(members.length / 2));
    expect(sorted(selector.next().indices)).toEqual(sorted(fittest.map((place) => members[place]!)));
  });

  it('wants predictions of a trainer that measures frequency fitness where it evaluates some, or without the term', () => {
    const { excluded: some, ...whole } = settings;
    const given = { targets: floats(size * channels), operator: { response }, frequencyFromTrainer: true };
    const all = { ...whole, ...given };
    const cases = [
      { ...all, excluded: some },
      { ...all, crossFrequency: false },
      { ...all, crossover: 'no' as const },
    ];
    for (const options of cases) expect(evos(options).needs).toEqual(['errors', 'predictions']);
    expect(evos(all).needs).toEqual(['errors', 'frequency']);
  });

  it('is refused an operator whose targets do not answer for every sample', () => {
    const targets = (indices: Uint32Array): Float32Array => new Float32Array(indices.length - 1);
    expect(() => evos({ ...settings, targets, operator: { response } })).toThrow(
      'targets(indices) must answer with a Float32Array of the same number of values for each of 24 samples, got',
    );
  });
});

describe('evos beside a trainer that measures frequency fitness', () => {
  const settings = { size, steps: 8, interval: 2, mutationShare: 0, frequencyWeight: 1e-3 };

  it('ranks by what that reports as by what it would work out itself, and is refused errors alone', () => {
    const targets = floats(size * channels);
    const own = evos({ ...settings, targets, operator: { response } });
    const told = evos({ ...settings, targets, operator: { response }, frequencyFromTrainer: true });
    for (let round = 0; round < 3; round++) {
      const predictions = floats(size * channels);
      const evaluation = told.next();
      expect(evaluation).toMatchObject({ whole: true, terms: ['cross-frequency'] });
      expect(evaluation.wants).toEqual(['errors', 'frequency']);
      const wanted = response(targets);
      const frequency = response(predictions).map((value, i) => (value - wanted[i]!) ** 2);
      const errors = Float32Array.from({ length: size }, (_, i) => {
        const [a, b] = [2 * i, 2 * i + 1];
        return ((predictions[a]! - targets[a]!) ** 2 + (predictions[b]! - targets[b]!) ** 2) / 2;
      });
      expect(() => told.report(evaluation, { errors })).toThrow(
        /feedback.frequency must be a Float32Array .*got undefined/,
      );
      told.report(evaluation, { errors, frequency });
      own.report(own.next(), { predictions });
      expect([...told.next().indices]).toEqual([...own.next().indices]);
    }
  });
});
