// The tensors of one pass over rays. Passes have as many samples as their rays need, so views are made anew for each, over
// memory that stays.
import * as ort from 'onnxruntime-node';

/** Views of memory for at most so many samples, and as many rays. */
export class PassTensors {
  readonly #floats: Record<
    | 'positions'
    | 'lengths'
    | 'distances'
    | 'densities'
    | 'directions'
    | 'backgrounds'
    | 'targets'
    | 'colours',
    Float32Array
  >;
  readonly #perRay: Record<'weights' | 'opacities' | 'depths', Float32Array>;
  readonly #places: Int32Array;
  positions: Float32Array = new Float32Array();
  lengths: Float32Array = new Float32Array();
  distances: Float32Array = new Float32Array();
  densities: Float32Array = new Float32Array();
  places: Int32Array = new Int32Array();
  directions: Float32Array = new Float32Array();
  backgrounds: Float32Array = new Float32Array();
  targets: Float32Array = new Float32Array();
  colours: Float32Array = new Float32Array();
  weights: Float32Array = new Float32Array();
  opacities: Float32Array = new Float32Array();
  depths: Float32Array = new Float32Array();
  #samples = 0;
  #rays = 0;

  constructor(capacity: number) {
    const vectors = (): Float32Array => new Float32Array(3 * capacity);
    const numbers = (): Float32Array => new Float32Array(capacity);
    this.#floats = {
      positions: vectors(),
      lengths: numbers(),
      distances: numbers(),
      densities: numbers(),
      directions: vectors(),
      backgrounds: vectors(),
      targets: vectors(),
      colours: vectors(),
    };
    this.#perRay = { weights: numbers(), opacities: numbers(), depths: numbers() };
    this.#places = new Int32Array(2 * capacity);
  }

  /** Makes the views as long as a pass of so many samples and rays needs them. */
  resize(samples: number, rays: number): void {
    this.#samples = samples;
    this.#rays = rays;
    const { positions, lengths, distances, densities, directions, backgrounds, targets, colours } =
      this.#floats;
    this.positions = positions.subarray(0, 3 * samples);
    this.lengths = lengths.subarray(0, samples);
    this.distances = distances.subarray(0, samples);
    this.densities = densities.subarray(0, samples);
    this.places = this.#places.subarray(0, 2 * samples);
    this.directions = directions.subarray(0, 3 * rays);
    this.backgrounds = backgrounds.subarray(0, 3 * rays);
    this.targets = targets.subarray(0, 3 * rays);
    this.colours = colours.subarray(0, 3 * rays);
    this.weights = this.#perRay.weights.subarray(0, rays);
    this.opacities = this.#perRay.opacities.subarray(0, rays);
    this.depths = this.#perRay.depths.subarray(0, rays);
  }

  get positionTensor(): ort.Tensor {
    return new ort.Tensor('float32', this.positions, [this.#samples, 3]);
  }
  get lengthTensor(): ort.Tensor {
    return new ort.Tensor('float32', this.lengths, [this.#samples, 1]);
  }
  get distanceTensor(): ort.Tensor {
    return new ort.Tensor('float32', this.distances, [this.#samples, 1]);
  }
  get densityTensor(): ort.Tensor {
    return new ort.Tensor('float32', this.densities, [this.#samples, 1]);
  }
  get placeTensor(): ort.Tensor {
    return new ort.Tensor('int32', this.places, [this.#samples, 2]);
  }
  get directionTensor(): ort.Tensor {
    return new ort.Tensor('float32', this.directions, [this.#rays, 3]);
  }
  get backgroundTensor(): ort.Tensor {
    return new ort.Tensor('float32', this.backgrounds, [this.#rays, 3]);
  }
  get targetTensor(): ort.Tensor {
    return new ort.Tensor('float32', this.targets, [this.#rays, 3]);
  }
  get weightTensor(): ort.Tensor {
    return new ort.Tensor('float32', this.weights, [this.#rays, 1]);
  }
  get colourTensor(): ort.Tensor {
    return new ort.Tensor('float32', this.colours, [this.#rays, 3]);
  }
  get opacityTensor(): ort.Tensor {
    return new ort.Tensor('float32', this.opacities, [this.#rays, 1]);
  }
  get depthTensor(): ort.Tensor {
    return new ort.Tensor('float32', this.depths, [this.#rays, 1]);
  }
}
