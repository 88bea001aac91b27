// Cross-frequency supervision, written out: λ times the mean squared difference of two Laplacians, and its gradient.
// An evaluating step takes the mean over the whole picture. A step between two of them puts its fresh predictions
// into the picture of the last evaluation, which counts as constant, and takes the mean over its own pixels.
import { ArgumentError, type Samples } from '../../src/core/index.js';

/** How network units become a picture. */
export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** What −1 and +1 stand for, in 0–255 units. */
  readonly range: { readonly min: number; readonly max: number };
}

const luma = [0.2989, 0.587, 0.114];

export class CrossFrequencyLoss {
  readonly #image: DecodedImage;
  readonly #lambda: number;
  /** The last whole-picture predictions `[N, C]`. */
  readonly #cached: Float64Array;
  /** The Laplacian of the targets `[N]`. */
  readonly #wanted: Float64Array;
  /** 1 once both are known. */
  readonly #known = new Float64Array(1);

  constructor(image: DecodedImage, lambda: number) {
    this.#image = image;
    this.#lambda = lambda;
    this.#cached = new Float64Array(image.width * image.height * image.channels);
    this.#wanted = new Float64Array(image.width * image.height);
  }

  forEachState(visit: (name: string, values: Float64Array) => void): void {
    visit('crossFrequency.cached', this.#cached);
    visit('crossFrequency.wanted', this.#wanted);
    visit('crossFrequency.known', this.#known);
  }

  /** Keeps what an evaluating step predicted, and the picture it should have been. */
  remember(predictions: Float64Array, targets: Float32Array): void {
    this.#cached.set(predictions);
    this.#wanted.set(this.laplacian(Float64Array.from(targets)));
    this.#known[0] = 1;
  }

  /** The term for these predictions `[n, C]`; its gradient is added to `gradient` `[n, C]`. */
  add({ indices }: Samples, predictions: Float64Array, gradient: Float64Array): number {
    if (this.#known[0] === 0) {
      throw new ArgumentError(
        'got a cross-frequency step before any evaluation; expected one over all samples first',
      );
    }
    const { channels } = this.#image;
    const pixels = Array.from(indices);
    const picture = Float64Array.from(this.#cached);
    const freshAt = new Map<number, number>();
    pixels.forEach((pixel, n) => {
      freshAt.set(pixel, n);
      picture.set(predictions.subarray(n * channels, (n + 1) * channels), pixel * channels);
    });
    const response = this.laplacian(picture);
    const factor = this.#lambda / pixels.length;
    let loss = 0;
    for (const pixel of pixels) {
      const difference = response[pixel]! - this.#wanted[pixel]!;
      loss += factor * difference * difference;
      // This pixel's Laplacian depends on its neighbours; only freshly predicted ones have a gradient.
      for (const { neighbour, weight } of this.#stencil(pixel)) {
        const n = freshAt.get(neighbour);
        if (n === undefined) continue;
        for (let c = 0; c < channels; c++) {
          const slope = this.#decodedSlope(picture[neighbour * channels + c]!) * this.#lumaWeight(c);
          gradient[n * channels + c]! += 2 * factor * difference * weight * slope;
        }
      }
    }
    return loss;
  }

  /** The Laplacian of the luma of network outputs `[N, C]`, decoded and clamped. */
  laplacian(values: Float64Array): Float64Array {
    const { width, height, channels } = this.#image;
    const luminance = new Float64Array(width * height);
    for (let pixel = 0; pixel < luminance.length; pixel++) {
      for (let c = 0; c < channels; c++) {
        luminance[pixel]! += this.#lumaWeight(c) * this.#decode(values[pixel * channels + c]!);
      }
    }
    return luminance.map((_, pixel) =>
      this.#stencil(pixel).reduce((sum, { neighbour, weight }) => sum + weight * luminance[neighbour]!, 0),
    );
  }

  /** [0 1 0; 1 −4 1; 0 1 0] around a pixel, without what lies outside. */
  #stencil(pixel: number): { neighbour: number; weight: number }[] {
    const { width, height } = this.#image;
    const x = pixel % width;
    const y = (pixel - x) / width;
    const around = [{ neighbour: pixel, weight: -4 }];
    if (x > 0) around.push({ neighbour: pixel - 1, weight: 1 });
    if (x < width - 1) around.push({ neighbour: pixel + 1, weight: 1 });
    if (y > 0) around.push({ neighbour: pixel - width, weight: 1 });
    if (y < height - 1) around.push({ neighbour: pixel + width, weight: 1 });
    return around;
  }

  #lumaWeight(channel: number): number {
    return this.#image.channels === 1 ? 1 : (luma[channel] ?? 0);
  }

  #decode(value: number): number {
    return Math.min(255, Math.max(0, this.#unclamped(value)));
  }

  /** d decoded / d value: nothing where the clamp holds. */
  #decodedSlope(value: number): number {
    const unit = this.#unclamped(value);
    const { min, max } = this.#image.range;
    return unit >= 0 && unit <= 255 ? (max - min) / 2 : 0;
  }

  #unclamped(value: number): number {
    const { min, max } = this.#image.range;
    return ((value + 1) / 2) * (max - min) + min;
  }
}
