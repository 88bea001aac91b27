// Each backbone's forward pass against its paper's formula, worked out here number by number, and the ranges that its
// parameters start in.
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../src/engine/graph/index.js';
import {
  finer,
  fourier,
  gauss,
  positionalEncoding,
  reluNetwork,
  siren,
  wire,
  type ModelDefinition,
} from '../../../src/engine/models/index.js';
import { evaluate, tensor, type Tensor } from '../../reference/evaluate.js';
import { relativeError, seeded } from '../graph/support.js';

const SEED = 77;
const x = [0.3, -0.65];
const ports = { inputDim: 2, outputDim: 2 };

/** What a model gives at one point, in double precision, and a reader of its parameters. */
function run(model: ModelDefinition) {
  const start = model.initialise(seeded(SEED));
  const b = new GraphBuilder(model.kind, { elementType: 'float64' });
  const parameters = model.parameters.map(({ name, shape }) => b.input(name, shape));
  const y = model.build(b, b.input('x', ['n', 2]), parameters);
  const feeds: Record<string, Tensor> = { x: tensor([1, 2], x) };
  model.parameters.forEach(({ name, shape }, i) => (feeds[name] = tensor(shape, start[i] ?? [])));
  const of = (name: string): number[] => [...(feeds[name]?.data ?? [])];
  return { y: evaluate(b.graph(), feeds).get(y.name)?.data ?? [], of };
}

/** Wh + b, or Wh. */
function product(
  weight: readonly number[],
  h: readonly number[],
  bias: readonly number[] | number,
): number[] {
  const rows = weight.length / h.length;
  return Array.from({ length: rows }, (_, row) =>
    h.reduce(
      (sum, value, k) => sum + value * (weight[row * h.length + k] ?? NaN),
      typeof bias === 'number' ? bias : (bias[row] ?? NaN),
    ),
  );
}

/** Layers with one activation, the last one plain. */
function layers(of: (name: string) => number[], input: number[], activate: (z: number) => number): number[] {
  const hidden = [0, 1].reduce(
    (h, i) => product(of(`net.${i}.weight`), h, of(`net.${i}.bias`)).map(activate),
    input,
  );
  return product(of('net.2.weight'), hidden, of('net.2.bias'));
}

const relu = (z: number): number => Math.max(0, z);

describe(`backbones by their formulas (seed ${SEED})`, () => {
  it('siren: sin(ωz)', () => {
    const { y, of } = run(siren({ ...ports, width: 7, depth: 1, omega: 9, firstScale: 3, hiddenScale: 1.5 }));
    expect(
      relativeError(
        y,
        layers(of, x, (z) => Math.sin(9 * z)),
      ),
    ).toBeLessThan(1e-13);
  });

  it('finer: sin(ω(|z| + 1)z)', () => {
    const { y, of } = run(finer({ ...ports, width: 7, depth: 1, omega: 9 }));
    expect(
      relativeError(
        y,
        layers(of, x, (z) => Math.sin(9 * (Math.abs(z) + 1) * z)),
      ),
    ).toBeLessThan(1e-13);
  });

  it('gauss: exp(−z²/2σ²), which is exp(−(sz)²) with s = 1/(σ√2)', () => {
    const { y, of } = run(gauss({ ...ports, width: 7, depth: 1, sigma: 0.4 }));
    const s = 1 / (0.4 * Math.SQRT2);
    expect(
      relativeError(
        y,
        layers(of, x, (z) => Math.exp(-(z ** 2) / (2 * 0.4 ** 2))),
      ),
    ).toBeLessThan(1e-13);
    expect(
      relativeError(
        y,
        layers(of, x, (z) => Math.exp(-((s * z) ** 2))),
      ),
    ).toBeLessThan(1e-13);
  });

  it('relu: max(0, z)', () => {
    const { y, of } = run(reluNetwork({ ...ports, width: 7, depth: 1 }));
    expect(relativeError(y, layers(of, x, relu))).toBeLessThan(1e-13);
  });

  it('positional-encoding: x, then sin 2ᵏπx and cos 2ᵏπx', () => {
    const { y, of } = run(positionalEncoding({ ...ports, width: 7, depth: 1, frequencies: 3 }));
    const turns = x.flatMap((value) => [0, 1, 2].map((k) => 2 ** k * Math.PI * value));
    const encoded = [...x, ...turns.map(Math.sin), ...turns.map(Math.cos)];
    expect(relativeError(y, layers(of, encoded, relu))).toBeLessThan(1e-13);
  });

  it('fourier: sin πBx and cos πBx with a B that the seed of the features draws', () => {
    const options = { ...ports, width: 7, depth: 1, features: 4000, sigma: 3, featureSeed: 5 };
    const model = fourier(options);
    const frequencies = frequenciesOf(model);
    const { y, of } = run(model);
    const turns = product([...frequencies], x, 0).map((value) => Math.PI * value);
    const encoded = [...turns.map(Math.sin), ...turns.map(Math.cos)];
    expect(relativeError(y, layers(of, encoded, relu))).toBeLessThan(1e-12);
    const mean = frequencies.reduce((sum, value) => sum + value, 0) / frequencies.length;
    const variance = frequencies.reduce((sum, value) => sum + value ** 2, 0) / frequencies.length;
    // Of 8,000 draws; four standard errors.
    expect(Math.abs(mean)).toBeLessThan((4 * 3) / Math.sqrt(8000));
    expect(Math.abs(variance / 9 - 1)).toBeLessThan(4 * Math.sqrt(2 / 8000));
    expect(frequenciesOf(fourier(options))).toEqual(frequencies);
    expect(frequenciesOf(fourier({ ...options, featureSeed: 6 }))).not.toEqual(frequencies);
  });

  it('wire: exp(iωz − |sz|²) of complex sums, the real part of the last', () => {
    const { y, of } = run(wire({ ...ports, width: 5, depth: 1, omega: 6, sigma: 2 }));
    type Complex = readonly [re: number[], im: number[]];
    const activate = ([p, q]: Complex): Complex => {
      const each = p.map((re, i) => {
        const im = q[i] ?? NaN;
        const bump = Math.exp(-6 * im - 4 * (re ** 2 + im ** 2));
        return [bump * Math.cos(6 * re), bump * Math.sin(6 * re)] as const;
      });
      return [each.map(([re]) => re), each.map(([, im]) => im)];
    };
    const sum = (i: number, [p, q]: Complex): Complex => {
      const weight = (part: string): number[] => of(`net.${i}.weight.${part}`);
      const plus = (a: number[], c: number[], sign: number): number[] =>
        a.map((value, k) => value + sign * (c[k] ?? NaN));
      const biases = of(`net.${i}.bias.imaginary`);
      return [
        plus(product(weight('real'), p, of(`net.${i}.bias.real`)), product(weight('imaginary'), q, 0), -1),
        plus(
          product(weight('imaginary'), p, biases.length === 0 ? 0 : biases),
          product(weight('real'), q, 0),
          1,
        ),
      ];
    };
    const first = product(of('net.0.weight.real'), x, of('net.0.bias.real'));
    const hidden = activate(sum(1, activate([first, first.map(() => 0)])));
    expect(relativeError(y, sum(2, hidden)[0])).toBeLessThan(1e-12);
  });
});

/** The constants of a model's encoding. */
function frequenciesOf(model: ModelDefinition): Float64Array {
  const b = new GraphBuilder('constants', { elementType: 'float64' });
  const parameters = model.parameters.map(({ name, shape }) => b.input(name, shape));
  model.build(b, b.input('x', ['n', 2]), parameters);
  const y = b.identity(b.value('encoding.frequencies'));
  return evaluate(b.graph(), {}, [y.name]).get(y.name)?.data ?? new Float64Array();
}

/** The largest magnitude of a model's parameter, of many draws of which one comes close to any bound. */
function largest(model: ModelDefinition, name: string): number {
  const i = model.parameters.findIndex((spec) => spec.name === name);
  const values = model.initialise(seeded(SEED))[i] ?? new Float32Array();
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** Uniform in ±bound. */
function expectRange(model: ModelDefinition, name: string, bound: number): void {
  const found = largest(model, name);
  expect(found, `${model.kind} ${name}`).toBeLessThanOrEqual(Math.fround(bound));
  expect(found, `${model.kind} ${name}`).toBeGreaterThan(0.9 * bound);
}

describe(`how backbones start (seed ${SEED})`, () => {
  const width = 64;
  const hidden = Math.sqrt(6 / width);

  it('siren and finer: 1/fanIn first, √(6/fanIn)/ω then, each scaled, but for the last layer', () => {
    for (const make of [siren, finer]) {
      const model = make({ ...ports, width, depth: 2, firstScale: 3, hiddenScale: 1.5 });
      expectRange(model, 'net.0.weight', 3 / 2);
      expectRange(model, 'net.1.weight', (1.5 * hidden) / 30);
      expectRange(model, 'net.2.weight', (1.5 * hidden) / 30);
      expectRange(model, 'net.3.weight', hidden / 30);
      expectRange(model, 'net.0.bias', 1 / Math.SQRT2);
      expectRange(model, 'net.1.bias', 1 / Math.sqrt(width));
      const plain = make({ ...ports, width, depth: 2 });
      expect(largest(plain, 'net.0.weight') * 3).toBeCloseTo(largest(model, 'net.0.weight'), 5);
    }
  });

  it("finer: the first layer's biases in ±k, where k is named", () => {
    const model = finer({ ...ports, width, biasRange: 20 });
    expectRange(model, 'net.0.bias', 20);
    expectRange(model, 'net.1.bias', 1 / Math.sqrt(width));
    expect(model.settings).toMatchObject({ biasRange: 20 });
    expect(finer({ ...ports, width }).settings).not.toHaveProperty('biasRange');
  });

  it('relu: ±√(6/fanIn), the last layer without the gain', () => {
    const model = reluNetwork({ ...ports, width, depth: 1 });
    expectRange(model, 'net.0.weight', Math.sqrt(3));
    expectRange(model, 'net.1.weight', hidden);
    expectRange(model, 'net.2.weight', Math.sqrt(3 / width));
    expectRange(model, 'net.1.bias', 1 / Math.sqrt(width));
  });

  it('gauss and wire: ±1/√fanIn', () => {
    const bumps = gauss({ ...ports, width, depth: 1 });
    expectRange(bumps, 'net.0.weight', Math.SQRT1_2);
    expectRange(bumps, 'net.1.weight', 1 / Math.sqrt(width));
    const waves = wire({ ...ports, width, depth: 1 });
    expectRange(waves, 'net.0.weight.real', Math.SQRT1_2);
    expectRange(waves, 'net.1.weight.real', 1 / Math.sqrt(width));
    expectRange(waves, 'net.1.weight.imaginary', 1 / Math.sqrt(width));
    expect(waves.parameters.map(({ name }) => name)).toEqual([
      'net.0.weight.real',
      'net.0.bias.real',
      ...['weight', 'bias'].flatMap((what) => ['real', 'imaginary'].map((part) => `net.1.${what}.${part}`)),
      'net.2.weight.real',
      'net.2.weight.imaginary',
      'net.2.bias.real',
    ]);
  });

  it('wire: as many parameters as 256 real numbers a layer have, about', () => {
    const waves = wire({ inputDim: 2, outputDim: 3 });
    const sines = siren({ inputDim: 2, outputDim: 3, depth: 2 });
    expect(waves.parameterCount / sines.parameterCount).toBeGreaterThan(0.98);
    expect(waves.parameterCount / sines.parameterCount).toBeLessThan(1.02);
    expect(waves.macsPerSample).toBe(2 * 181 + 4 * 2 * 181 ** 2 + 2 * 181 * 3);
  });
});
