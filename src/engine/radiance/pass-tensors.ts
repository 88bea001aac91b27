// The tensors of one pass over rays. Passes have as many samples as their rays need, so tensors are made anew for each, over
// memory that stays.
import * as ort from 'onnxruntime-node';
import type { Floats } from '../onnx/tensors.js';
import { each } from '../training/each.js';

/** Arrays with a row for each sample, and with a row for each ray. */
const ofSamples = ['positions', 'lengths', 'distances', 'densities'] as const;
const ofRays = [
  ...(['directions', 'backgrounds', 'targets', 'colours'] as const),
  ...(['weights', 'errors', 'absolute', 'opacities', 'depths'] as const),
];

type Name = (typeof ofSamples)[number] | (typeof ofRays)[number];

/** Those with three numbers in a row; the others have one. */
const triples: readonly Name[] = ['positions', 'directions', 'backgrounds', 'targets', 'colours'];
const widthOf = (name: Name): number => (triples.includes(name) ? 3 : 1);

/** The tensors of one size. */
export interface PassSet extends Readonly<Record<Name, Floats>> {
  /** int32 `[samples, 2]` */
  readonly places: ort.TypedTensor<'int32'>;
}

/** Memory for at most so many samples, and as many rays. */
export class PassTensors {
  readonly #floats: Readonly<Record<Name, Float32Array>>;
  readonly #places: Int32Array;

  constructor(capacity: number) {
    this.#floats = each([...ofSamples, ...ofRays], (name) => new Float32Array(widthOf(name) * capacity));
    this.#places = new Int32Array(2 * capacity);
  }

  /** Tensors for a pass of so many samples and rays; the same memory for all. */
  take(samples: number, rays: number): PassSet {
    const tensor = (name: Name, rows: number): Floats => {
      const width = widthOf(name);
      return new ort.Tensor('float32', this.#floats[name].subarray(0, rows * width), [rows, width]);
    };
    return {
      ...each(ofSamples, (name) => tensor(name, samples)),
      ...each(ofRays, (name) => tensor(name, rays)),
      places: new ort.Tensor('int32', this.#places.subarray(0, 2 * samples), [samples, 2]),
    };
  }
}
