// SIREN: parameters, initialisation, and the forward pass against the formula.
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../src/engine/graph/index.js';
import { siren } from '../../../src/engine/models/index.js';
import { evaluate, tensor, type Tensor } from '../../reference/evaluate.js';
import { relativeError, seeded } from '../graph/support.js';

const SEED = 7;

describe('siren', () => {
  it('has the published size by default', () => {
    const model = siren({ inputDim: 2, outputDim: 3 });
    expect(model.kind).toBe('siren');
    expect(model.settings).toEqual({
      ...{ inputDim: 2, outputDim: 3, width: 256, depth: 3, omega: 30 },
      ...{ firstScale: 1, hiddenScale: 1 },
    });
    // 2·256 + 256 + 3·(256² + 256) + 256·3 + 3
    expect(model.parameterCount).toBe(198_915);
    expect(model.macsPerSample).toBe(2 * 256 + 3 * 256 ** 2 + 256 * 3);
    expect(model.parameters.map(({ name }) => name)).toEqual(
      [0, 1, 2, 3, 4].flatMap((i) => [`net.${i}.weight`, `net.${i}.bias`]),
    );
    expect(model.parameters.map(({ shape }) => shape)).toEqual([
      [256, 2],
      [256],
      ...[1, 2, 3].flatMap(() => [[256, 256], [256]]),
      [3, 256],
      [3],
    ]);
    for (const { shape, count } of model.parameters) expect(count).toBe(shape.reduce((a, b) => a * b, 1));
  });

  it(`draws initial parameters from the published ranges, and fills them (seed ${SEED})`, () => {
    const model = siren({ inputDim: 2, outputDim: 3, width: 64, depth: 2, omega: 20 });
    const values = model.initialise(seeded(SEED));
    const hidden = Math.sqrt(6 / 64) / 20;
    const bounds = [1 / 2, 1 / Math.sqrt(2), hidden, 1 / 8, hidden, 1 / 8, hidden, 1 / 8];
    expect(values.map((array) => array.length)).toEqual(model.parameters.map(({ count }) => count));
    values.forEach((array, i) => {
      const bound = bounds[i] ?? 0;
      const largest = array.reduce((a, x) => Math.max(a, Math.abs(x)), 0);
      expect(largest, model.parameters[i]?.name).toBeLessThanOrEqual(Math.fround(bound));
      if (array.length >= 64) {
        // A uniform distribution has variance bound²/3 and mean 0.
        const mean = array.reduce((a, x) => a + x, 0) / array.length;
        const variance = array.reduce((a, x) => a + x * x, 0) / array.length;
        expect(Math.abs(mean)).toBeLessThan((4 * bound) / Math.sqrt(3 * array.length));
        expect(variance / (bound ** 2 / 3)).toBeGreaterThan(0.65);
        expect(variance / (bound ** 2 / 3)).toBeLessThan(1.35);
      }
    });
    expect(model.initialise(seeded(SEED))).toEqual(values);
    expect(model.initialise(seeded(SEED + 1))).not.toEqual(values);
  });

  it(`computes sin(ω(Wx + b)) layer by layer, the last layer plain (seed ${SEED})`, () => {
    const model = siren({ inputDim: 3, outputDim: 2, width: 5, depth: 1, omega: 12 });
    const start = model.initialise(seeded(SEED));
    const x = [0.25, -0.5, 1];
    let h = x;
    for (let layer = 0; layer < 3; layer++) {
      const weight = start[2 * layer] ?? new Float32Array();
      const bias = start[2 * layer + 1] ?? new Float32Array();
      const input = h;
      h = Array.from(bias, (offset, row) => {
        const z = input.reduce(
          (sum, value, k) => sum + value * (weight[row * input.length + k] ?? 0),
          offset,
        );
        return layer < 2 ? Math.sin(12 * z) : z;
      });
    }
    const b = new GraphBuilder('siren', { elementType: 'float64' });
    const parameters = model.parameters.map(({ name, shape }) => b.input(name, shape));
    const y = model.build(b, b.input('x', ['n', 3]), parameters);
    expect(y.shape).toEqual(['n', 2]);
    const feeds: Record<string, Tensor> = { x: tensor([1, 3], x) };
    model.parameters.forEach(({ name, shape }, i) => (feeds[name] = tensor(shape, start[i] ?? [])));
    expect(relativeError(evaluate(b.graph(), feeds).get(y.name)?.data ?? [], h)).toBeLessThan(1e-14);
  });

  it('builds the same bytes every time', () => {
    const bytes = (): Uint8Array => {
      const model = siren({ inputDim: 2, outputDim: 1, width: 8, depth: 1 });
      const b = new GraphBuilder('siren');
      const start = model.initialise(seeded(SEED));
      const parameters = model.parameters.map(({ name, shape }, i) =>
        b.initializer(name, start[i] ?? [], shape),
      );
      b.output(model.build(b, b.input('x', ['n', 2]), parameters), 'y');
      return b.model({ metadata: { kind: model.kind } });
    };
    expect(bytes()).toEqual(bytes());
  });

  it('says which setting is wrong', () => {
    expect(() => siren({ inputDim: 0, outputDim: 1 })).toThrow(
      'inputDim must be an integer of at least 1, got 0',
    );
    expect(() => siren({ inputDim: 2, outputDim: 1.5 })).toThrow(
      /outputDim must be an integer of at least 1, got 1.5/,
    );
    expect(() => siren({ inputDim: 2, outputDim: 1, depth: -1 })).toThrow(
      /depth must be an integer of at least 0/,
    );
    expect(() => siren({ inputDim: 2, outputDim: 1, omega: 0 })).toThrow(
      /omega must be a number above 0, got 0/,
    );
    const model = siren({ inputDim: 2, outputDim: 1 });
    const b = new GraphBuilder('short');
    expect(() => model.build(b, b.input('x', ['n', 2]), [])).toThrow(/expected 10 parameter values, got 0/);
  });
});
