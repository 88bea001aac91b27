// What gathering a batch costs: half of a picture of 1,000×1,000 pixels and 2,048 of them, at random, from both kinds of
// storage, which take turns.
import { createRandom, someOf } from 'evos';
import { createImage, createPixelPool, type PixelPool, type PixelStorage } from 'evos/image';
import type { Options } from './options.js';
import { showSpread, spreadOf, takeTurns, type Spread } from './support-timing.js';

const side = 1000;
const storages = ['floats', 'bytes'] as const;

/** Nanoseconds a sample. */
interface Row extends Spread {
  readonly storage: PixelStorage;
  readonly batch: number;
}

/** Times gathering. */
export async function gather({ say, repeats = 15 }: Options): Promise<Row[]> {
  say(`nanoseconds a sample: median of ${repeats} (min–max); ${side}×${side} RGB pixels, seed 1`);
  const random = createRandom(1);
  const data = Uint8Array.from({ length: 3 * side * side }, () => random.below(256));
  const image = createImage({ width: side, height: side, channels: 3 }, data);
  const pools = storages.map((storage) => createPixelPool(image, { storage }));
  const rows: Row[] = [];
  for (const batch of [(side * side) / 2, 2048]) {
    const indices = Uint32Array.from({ length: batch }, () => random.below(side * side));
    const times = await takeTurns(
      pools.map((pool) => ({ name: pool.storage, run: () => Promise.resolve(perSample(pool, indices)) })),
      { warmUp: 3, repeats, pause: 5 },
    );
    for (const [i, storage] of storages.entries()) {
      const row = { storage, batch, ...spreadOf(times[i] ?? []) };
      say(`${batch.toLocaleString('en')} from ${storage}: ${showSpread(row, 1)}`);
      rows.push(row);
    }
  }
  return rows;
}

/** Gathers about a million samples; nanoseconds for each. */
function perSample(pool: PixelPool, indices: Uint32Array): number {
  const rounds = Math.ceil(1e6 / indices.length);
  const samples = someOf(indices);
  let sum = 0;
  const start = performance.now();
  for (let i = 0; i < rounds; i++) {
    const { inputs, targets } = pool.gather(samples);
    sum += (inputs[i] ?? Number.NaN) + (targets[i] ?? Number.NaN);
  }
  const milliseconds = performance.now() - start;
  if (!Number.isFinite(sum)) throw new Error('a batch was not gathered');
  return (milliseconds * 1e6) / (rounds * indices.length);
}
