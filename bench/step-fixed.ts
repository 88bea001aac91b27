// What a training step costs before any arithmetic: threads, messages, copies, sessions. Measured on a network and a batch so
// small that nothing else counts; at most 0.3 ms on two cores.
import { createRandom } from 'evos';
import { createTrainer, siren } from 'evos/engine';
import { allOf } from '../src/core/samples.js';
import type { Options } from './options.js';
import { showSpread, spreadOf, type Spread } from './support-timing.js';

/** Milliseconds a step, by workers. */
export interface FixedRow extends Spread {
  readonly workers: number;
}

const size = 64;
const warmUp = 1000;

/** Times steps of a SIREN 1×8 on 64 samples, errors handed back. */
export async function fixed({ say, steps = 2000 }: Options): Promise<FixedRow[]> {
  say(`milliseconds a step: median of ${steps} (min–max); SIREN 1×8, ${size} samples, seed 1`);
  const random = createRandom(1);
  const numbers = (count: number): Float32Array =>
    Float32Array.from({ length: count }, () => 2 * random.float() - 1);
  const batch = { ...allOf(size), inputs: numbers(2 * size), targets: numbers(3 * size) };
  const rows: FixedRow[] = [];
  for (const workers of [1, 2]) {
    const model = siren({ inputDim: 2, outputDim: 3, width: 8, depth: 1 });
    const trainer = createTrainer({ model, adam: { learningRate: 1e-4 }, seed: 1, device: 'cpu', workers });
    const times: number[] = [];
    for (let step = 0; step < warmUp + steps; step++) {
      const start = performance.now();
      await trainer.step(batch, { wants: ['errors'] });
      if (step >= warmUp) times.push(performance.now() - start);
    }
    await trainer.dispose();
    const row = { workers, ...spreadOf(times) };
    say(`${workers} ${workers === 1 ? 'worker' : 'workers'}: ${showSpread(row, 3)}`);
    rows.push(row);
  }
  return rows;
}
