// The examples that hook the ray sampler into trainers run, are short, and do what they say.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fitRays, type Tensor, type TensorFlow } from '../../../examples/ray-tfjs.js';

const run = (...args: string[]): string =>
  execFileSync(process.execPath, ['--import', 'tsx', ...args], { encoding: 'utf8' });

describe('the ray examples', () => {
  it.each([
    ['trainer', 8],
    ['pixels', 10],
    ['tfjs', 24],
  ])('ray-%s.ts hooks in with at most %d lines', (name, most) => {
    const source = readFileSync(`examples/ray-${name}.ts`, 'utf8');
    const hook = /\/\/ #region hook\n([\s\S]*?)\/\/ #endregion/.exec(source)?.[1]?.trim().split('\n') ?? [];
    expect(hook.length).toBeGreaterThan(3);
    expect(hook.filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(most);
  });

  it('ray-trainer.ts learns its room', () => {
    const psnr = /PSNR over all rays ([\d.]+) dB/.exec(run('examples/ray-trainer.ts', 'evos'))?.[1];
    // Guessing grey all over gives 16 dB.
    expect(Number(psnr)).toBeGreaterThan(23);
  });

  it('ray-pixels.ts goes where errors are', () => {
    const output = run('examples/ray-pixels.ts');
    expect(output).toMatch(/first pixel: [01], \d+, \d+/);
    // A uniform draw has 18 % there.
    expect(Number(/(\d+) % of the last pixels/.exec(output)?.[1])).toBeGreaterThan(30);
  });

  it('ray-tfjs.ts runs with TensorFlow.js, or says that it is not installed', () => {
    expect(run('examples/ray-tfjs.ts')).toMatch(
      /mean squared error of the first batch|is not installed here/,
    );
  });

  it('ray-tfjs.ts makes tensors over the batch, and reports what was rendered before the step', async () => {
    const [first, last] = await fitRays(greyTensors(), 30);
    expect(first).toBeGreaterThan(0.001);
    expect(last).toBeLessThan(first / 2);
  });
});

/** As much of TensorFlow.js as the example needs, with a model that answers one colour and learns it. */
function greyTensors(): TensorFlow {
  let answer = [0, 0, 0];
  let wanted: Float32Array | undefined;
  class Fake implements Tensor {
    constructor(
      readonly values: Float32Array,
      readonly rows: number,
    ) {}
    sub(other: Tensor): Tensor {
      wanted = (other as Fake).values;
      return this;
    }
    square = (): Tensor => this;
    mul(weights: Tensor): Tensor {
      expect((weights as Fake).rows).toBe(this.rows);
      return this;
    }
    mean = (): Tensor => this;
    data = (): Promise<Float32Array> => Promise.resolve(this.values);
    dispose(): void {
      wanted = undefined;
    }
  }
  return {
    tensor2d(values, [rows, columns]) {
      // What the real one would throw at.
      expect(values.length).toBe(rows * columns);
      return new Fake(values, rows);
    },
    concat: (tensors) => tensors[0] as Tensor,
    keep: (tensor) => tensor,
    tidy: (work) => work(),
    sequential: () => ({
      add: () => undefined,
      apply: (input) => {
        const { rows } = input as Fake;
        return new Fake(
          Float32Array.from({ length: 3 * rows }, (_, i) => answer[i % 3]!),
          rows,
        );
      },
    }),
    layers: { dense: (options) => options },
    train: {
      adam: () => ({
        minimize: (loss) => {
          loss();
          const n = wanted!.length / 3;
          answer = answer.map((value, c) => {
            let sum = 0;
            for (let i = c; i < 3 * n; i += 3) sum += wanted![i]!;
            return value + 0.3 * (sum / n - value);
          });
        },
      }),
    },
  };
}
