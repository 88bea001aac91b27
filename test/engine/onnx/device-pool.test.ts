// The `pool` option where no device keeps samples: it is checked, and changes nothing.
import { describe, expect, it } from 'vitest';
import { createSelector, fit, type Pool } from 'evos';
import { createTrainer, siren } from 'evos/engine';
import { createImage, createPixelPool } from 'evos/image';
import { ArgumentError } from '../../../src/core/index.js';
import { someOf } from '../../../src/core/samples.js';
import { staysResident, wholePool } from '../../../src/engine/training/whole-pool.js';
import { execution, resident, travelling } from './execution.js';

const pixels = createPixelPool(
  createImage(
    { width: 9, height: 7, channels: 3 },
    Uint8Array.from({ length: 9 * 7 * 3 }, (_, i) => (i * 37) % 256),
  ),
);
const model = siren({ inputDim: 2, outputDim: 3, width: 8, depth: 1 });
const settings = { model, adam: { learningRate: 1e-3 }, seed: 1, device: 'cpu', workers: 2 } as const;

describe('a pool for the device', () => {
  it('stays where it is on the CPU', async () => {
    const losses: number[][] = [];
    for (const pool of [undefined, pixels]) {
      const trainer = createTrainer({ ...settings, ...(pool && { pool }) });
      expect(trainer.capabilities.resident).toBe(false);
      const selector = createSelector({ strategy: 'uniform', size: pixels.size, steps: 5, seed: 3 });
      const run: number[] = [];
      for await (const event of fit({ pool: pixels, trainer, selector, steps: 5 })) {
        if (event.type === 'step') run.push(event.loss);
      }
      await trainer.dispose();
      losses.push(run);
    }
    expect(losses[1]).toHaveLength(5);
    expect(losses[1]).toEqual(losses[0]);
  });

  it('must be of the model', () => {
    const grey = { ...pixels, targetDim: 1 };
    expect(() => createTrainer({ ...settings, pool: grey })).toThrow(
      /pool: got samples of 2 inputs and 1 targets, expected 2 and 3/,
    );
  });

  it('is kept on WebGPU alone, and up to 128 MiB an array', () => {
    const of = (size: number): Pool => ({ ...pixels, size });
    const most = 2 ** 27 / (4 * 3);
    expect(staysResident(of(Math.floor(most)), resident('webgpu'))).toBe(true);
    expect(staysResident(of(Math.floor(most) + 1), resident('webgpu'))).toBe(false);
    expect(staysResident(pixels, travelling('cuda'))).toBe(false);
    expect(staysResident(pixels, execution)).toBe(false);
  });

  it('is asked for in parts, whatever its size', () => {
    const size = 150_000;
    const asked: number[] = [];
    const pool: Pool = {
      size,
      inputDim: 1,
      targetDim: 2,
      gather: ({ whole, indices }) => {
        if (whole) throw new ArgumentError('this pool is too large to hand out as a whole');
        asked.push(indices.length);
        const inputs = Float32Array.from(indices, (index) => index / 8);
        const targets = Float32Array.from(
          { length: indices.length * 2 },
          (_, i) => -(indices[i >> 1] ?? 0) - (i % 2),
        );
        return { ...someOf(indices), inputs, targets };
      },
    };
    const { inputs, targets } = wholePool(pool);
    expect(asked).toEqual([65_536, 65_536, 18_928]);
    expect([inputs.length, targets.length]).toEqual([size, size * 2]);
    expect(inputs.findIndex((value, i) => value !== i / 8)).toBe(-1);
    expect(targets.findIndex((value, i) => value !== -(i >> 1) - (i % 2))).toBe(-1);
  });
});
