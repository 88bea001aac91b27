// What choosing rays costs: `next` and `report` of 4,096 rays from a pool of 10⁸, by strategy, beside plain random
// numbers; and the memory it takes. Gathering (cameras, colours) is the ray pool's and not counted.
import { createRandom } from 'evos';
import {
  createRaySampler,
  pixelSource,
  type RaySampler,
  type RaySamplerOptions,
  type RaySource,
} from 'evos/nerf';
import type { Options } from './options.js';
import { showSpread, spreadOf, type Spread } from './support-timing.js';

const seed = 1;
const count = 4096;
const side = 1000;
/** Of these a step is the 2 % that choosing may take. */
const bound = 0.02;

/** One strategy's figures. */
interface Row {
  readonly strategy: string;
  /** Milliseconds of one `next` and one `report`. */
  readonly step: Spread;
  /** The same of the processor's time: on a busy machine the better figure. */
  readonly cpu: Spread;
  /** The processor's milliseconds on average, rebuilding and crossovers included. */
  readonly mean: number;
  /** Megabytes of typed arrays. */
  readonly megabytes: number;
}

/** What `--json` gives under `rays`. */
export interface RaysReport {
  readonly rays: number;
  readonly batch: number;
  /** Milliseconds of drawing as many uniform numbers, and nothing else. */
  readonly plain: Spread;
  readonly rows: readonly Row[];
}

const strategies: readonly RaySamplerOptions[] = [
  { strategy: 'uniform', seed },
  { strategy: 'error-map', seed },
  { strategy: 'evos-online', seed },
  { strategy: 'evos', seed },
];

/** Kept, so that memory is not given back between two readings. */
const kept: RaySampler[] = [];

/** Times every strategy. */
export function rays({ say, repeats = 300, samples = 1e8 }: Options): Promise<RaysReport> {
  const views = Array.from({ length: Math.max(1, Math.round(samples / side ** 2)) }, () => ({
    width: side,
    height: side,
  }));
  const source: RaySource = { ...pixelSource(views), fill: () => undefined };
  const random = createRandom(seed);
  const indices = new Uint32Array(count);
  const plain = spreadOf(
    Array.from({ length: repeats }, () => {
      const start = performance.now();
      for (let i = 0; i < count; i++) indices[i] = random.below(source.size);
      return performance.now() - start;
    }),
  );
  say(
    `${count} of ${source.size.toLocaleString('en')} rays; milliseconds, median of ${repeats} (min–max); seed ${seed}`,
  );
  say(`plain random indices: ${showSpread(plain, 3)}`);
  const rows = strategies.map((options) => {
    const row = time(source, options, repeats);
    say(
      `${row.strategy}: ${showSpread(row.step, 3)}, processor's time ` +
        `${row.cpu.median.toFixed(3)}, ${row.mean.toFixed(3)} on average; ${row.megabytes.toFixed(1)} MB; under ${bound * 100} % of steps longer than ` +
        `${(row.mean / bound / 1000).toFixed(3)} s`,
    );
    return row;
  });
  return Promise.resolve({ rays: source.size, batch: count, plain, rows });
}

function time(source: RaySource, options: RaySamplerOptions, repeats: number): Row {
  const random = createRandom(seed);
  const predictions = Float32Array.from({ length: 3 * count }, () => random.float());
  const before = process.memoryUsage().arrayBuffers;
  const sampler = createRaySampler(source, options);
  kept.push(sampler);
  const times: number[] = [];
  const cpu: number[] = [];
  const warmUp = 150;
  for (let step = 0; step < warmUp + repeats; step++) {
    const used = process.cpuUsage();
    const start = performance.now();
    sampler.report(sampler.next(count), { predictions });
    if (step < warmUp) continue;
    times.push(performance.now() - start);
    const { user, system } = process.cpuUsage(used);
    cpu.push((user + system) / 1000);
  }
  return {
    strategy: options.strategy,
    step: spreadOf(times),
    cpu: spreadOf(cpu),
    mean: cpu.reduce((sum, value) => sum + value, 0) / cpu.length,
    megabytes: (process.memoryUsage().arrayBuffers - before) / 1e6,
  };
}
