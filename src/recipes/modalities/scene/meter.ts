// Quality while a scene trains. Rendering the held-out photographs whole would take longer than training between two
// measurements, so a fixed lattice of their pixels stands for them; the finished field is measured on all.
import { someOf } from '../../../core/index.js';
import { type RayPool } from '../../../nerf/index.js';
import { exactPsnr } from '../../runs/metrics.js';

/** Rays of one measurement, at most and at least: rendered once the most cost about what a step or two of training does. */
export const meterRays = { most: 16_384, fewest: 2048 } as const;

/** Measures a field on pixels of the held-out photographs. */
export interface SceneMeter {
  /** Rays per measurement. */
  readonly rays: number;
  /**
   * The mean over the photographs of the PSNR of their pixels in the lattice, in decibels.
   * @param predict colours of rays, `[n, 6]` → `[n, 3]`
   */
  measure(predict: (rays: Float32Array) => Promise<Float32Array>): Promise<number>;
}

/**
 * Takes pixels of every photograph of the pool: all of them where that is few enough, else every so-manieth row and
 * column, as many in each photograph. Photographs are read one by one and need not stay in memory.
 * @param mostRays of one measurement
 */
export async function createSceneMeter(
  pool: RayPool,
  mostRays: number = meterRays.most,
): Promise<SceneMeter> {
  const { views, firstOfView } = pool;
  const share = Math.max(1, Math.floor(mostRays / views.length));
  const inputs: Float32Array[] = [];
  const targets: Float32Array[] = [];
  for (let view = 0; view < views.length; view++) {
    await pool.load([view]);
    const { width, height } = views[view]!;
    const gap = Math.max(1, Math.ceil(Math.sqrt((width * height) / share)));
    const lattice: number[] = [];
    for (let row = gap >> 1; row < height; row += gap) {
      for (let column = gap >> 1; column < width; column += gap) {
        const ray = firstOfView[view]! + row * width + column;
        if (pool.excluded?.(ray) !== true) lattice.push(ray);
      }
    }
    const gathered = pool.gather(someOf(Uint32Array.from(lattice)));
    // The pool writes its next batch over this one.
    inputs.push(gathered.inputs.slice());
    targets.push(gathered.targets.slice());
  }
  const rays = joined(inputs);
  return {
    rays: rays.length / 6,
    async measure(predict) {
      const colours = await predict(rays);
      let [sum, count, from] = [0, 0, 0];
      for (const expected of targets) {
        // A photograph may be masked wherever the lattice looks.
        if (expected.length > 0) {
          sum += psnrOf(colours.subarray(from, from + expected.length), expected);
          count++;
        }
        from += expected.length;
      }
      return count === 0 ? 0 : sum / count;
    },
  };
}

/** Of colours from 0 to 1, in decibels; what lies outside is taken to its nearest end. */
function psnrOf(colours: Float32Array, expected: Float32Array): number {
  let squares = 0;
  for (let i = 0; i < expected.length; i++) {
    squares += (Math.min(1, Math.max(0, colours[i]!)) - expected[i]!) ** 2;
  }
  return Math.min(exactPsnr, -10 * Math.log10(squares / expected.length));
}

function joined(arrays: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}
