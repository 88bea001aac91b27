// Quality while a scene trains. Rendering the held-out photographs whole would take longer than training between two
// measurements, so a fixed lattice of their pixels stands for them; the finished field is measured on all.
import { someOf } from '../../../core/samples.js';
import { type RayPool } from '../../../nerf/index.js';
import { exactPsnr } from '../../runs/metrics.js';

/** Rays of one measurement, at most and at least: rendered once the most cost about what a step or two of training does. */
export const meterRays = { most: 16_384, fewest: 2048 } as const;

/** Measures a field on pixels of the held-out photographs. */
export interface SceneMeter {
  /**
   * The mean over the photographs of the PSNR of their pixels in a lattice, in decibels.
   * @param predict colours of rays, `[n, 6]` → `[n, 3]`
   * @param fine by as many pixels as a measurement ever looks at
   */
  measure(predict: (rays: Float32Array) => Promise<Float32Array>, fine: boolean): Promise<number>;
}

/**
 * Takes pixels of every photograph of the pool: all of them where that is few enough, else every so-manieth row and
 * column, as many in each photograph. Photographs are read one by one and need not stay in memory.
 * @param coarse rays of a measurement that is not `fine`
 */
export async function createSceneMeter(pool: RayPool, coarse: number = meterRays.most): Promise<SceneMeter> {
  const { views } = pool;
  const fineLattice = new Lattice();
  const coarseLattice = coarse < meterRays.most ? new Lattice() : fineLattice;
  for (let view = 0; view < views.length; view++) {
    await pool.load([view]);
    fineLattice.add(pool, view, meterRays.most / views.length);
    if (coarseLattice !== fineLattice) coarseLattice.add(pool, view, coarse / views.length);
  }
  return {
    measure: (predict, fine) => (fine ? fineLattice : coarseLattice).measure(predict),
  };
}

/** Pixels of several photographs. */
class Lattice {
  readonly #inputs: Float32Array[] = [];
  readonly #targets: Float32Array[] = [];
  #rays: Float32Array | undefined;

  /** Takes pixels of a photograph that the pool has at hand. @param share how many, at most, about */
  add(pool: RayPool, view: number, share: number): void {
    const { width, height } = pool.views[view]!;
    const first = pool.firstOfView[view]!;
    const gap = Math.max(1, Math.ceil(Math.sqrt((width * height) / Math.max(1, Math.floor(share)))));
    const lattice: number[] = [];
    for (let row = gap >> 1; row < height; row += gap) {
      for (let column = gap >> 1; column < width; column += gap) {
        const ray = first + row * width + column;
        if (pool.excluded?.(ray) !== true) lattice.push(ray);
      }
    }
    const gathered = pool.gather(someOf(Uint32Array.from(lattice)));
    // The pool writes its next batch over this one.
    this.#inputs.push(gathered.inputs.slice());
    this.#targets.push(gathered.targets.slice());
  }

  async measure(predict: (rays: Float32Array) => Promise<Float32Array>): Promise<number> {
    const colours = await predict((this.#rays ??= joined(this.#inputs)));
    let [sum, count, from] = [0, 0, 0];
    for (const expected of this.#targets) {
      // A photograph may be masked wherever the lattice looks.
      if (expected.length > 0) {
        sum += psnrOf(colours.subarray(from, from + expected.length), expected);
        count++;
      }
      from += expected.length;
    }
    return count === 0 ? 0 : sum / count;
  }
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
