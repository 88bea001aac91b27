// The tensors of one pass over rays. Passes have as many samples as their rays need, so tensors are made anew for each, over
// memory that stays.
import * as ort from 'onnxruntime-node';
import type { Floats } from '../onnx/tensors.js';

/** Arrays with a row for each sample, and with a row for each ray: numbers in a row. */
const widths = {
  samples: { positions: 3, lengths: 1, distances: 1, densities: 1 },
  rays: {
    ...{ directions: 3, backgrounds: 3, targets: 3, colours: 3 },
    ...{ weights: 1, errors: 1, absolute: 1, opacities: 1, depths: 1 },
  },
} as const;

type Name = keyof typeof widths.samples | keyof typeof widths.rays;

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
    this.#floats = each((_, width) => new Float32Array(width * capacity));
    this.#places = new Int32Array(2 * capacity);
  }

  /** Tensors for a pass of so many samples and rays; the same memory for all. */
  take(samples: number, rays: number): PassSet {
    const floats = each((name, width, by) => {
      const rows = by === 'samples' ? samples : rays;
      return new ort.Tensor('float32', this.#floats[name].subarray(0, rows * width), [rows, width]);
    });
    return {
      ...floats,
      places: new ort.Tensor('int32', this.#places.subarray(0, 2 * samples), [samples, 2]),
    };
  }
}

/** Makes something for each array. */
function each<Of>(make: (name: Name, width: number, by: 'samples' | 'rays') => Of): Record<Name, Of> {
  const ofSample = (name: keyof typeof widths.samples): Of => make(name, widths.samples[name], 'samples');
  const ofRay = (name: keyof typeof widths.rays): Of => make(name, widths.rays[name], 'rays');
  return {
    positions: ofSample('positions'),
    lengths: ofSample('lengths'),
    distances: ofSample('distances'),
    densities: ofSample('densities'),
    directions: ofRay('directions'),
    backgrounds: ofRay('backgrounds'),
    targets: ofRay('targets'),
    colours: ofRay('colours'),
    weights: ofRay('weights'),
    errors: ofRay('errors'),
    absolute: ofRay('absolute'),
    opacities: ofRay('opacities'),
    depths: ofRay('depths'),
  };
}
