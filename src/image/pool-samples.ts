// The two ways to store a picture's samples, as floats and as bytes, and how each gathers a batch.
import { ArgumentError } from '../core/errors.js';
import { coordinateGrid } from './coordinates.js';
import { pixelCount, type Image, type PixelRange } from './image.js';
import { targetTable, toTargets } from './normalise.js';

/** The defaults of a pool of pixels, each with its reason. */
export const poolDefaults = Object.freeze({
  /**
   * Pictures of more pixels stay bytes. As floats, 20 bytes per RGB pixel, they outgrow a core's cache from here on, and
   * gathering from bytes is the faster, 1.3 to 2.4 times from 512×512 pixels; smaller ones gain a tenth from floats.
   */
  floatsUpTo: 2 ** 17,
  /** Beyond, there are no arrays of the whole picture: of RGB they would take 1.25 GiB here. */
  wholeUpTo: 2 ** 26,
});

/** The samples of a picture, in row-major order. */
export abstract class PixelSamples {
  protected readonly image: Image;
  readonly #range: PixelRange;
  #inputs: Float32Array | undefined;
  #targets: Float32Array | undefined;

  /** @param whole whether targets are made at once, of a picture of whatever size */
  constructor(image: Image, range: PixelRange, whole = true) {
    this.image = image;
    this.#range = range;
    if (whole) this.#targets = toTargets(image, range);
  }

  /** `[N, 2]`, all of them, made when first read. */
  get inputs(): Float32Array {
    return (this.#inputs ??= coordinateGrid(this.#whole().width, this.image.height));
  }

  /** `[N, C]`, all of them, made when first read. */
  get targets(): Float32Array {
    return (this.#targets ??= toTargets(this.#whole(), this.#range));
  }

  /**
   * Writes the samples of these indices, in their order.
   * @param inputs at least `[n, 2]`
   * @param targets at least `[n, C]`
   * @returns the position of the first index that is none of the picture's, where it stopped; −1 if there is none
   */
  abstract gather(indices: Uint32Array, inputs: Float32Array, targets: Float32Array): number;

  #whole(): Image {
    const { width, height } = this.image;
    if (this.#targets !== undefined || pixelCount(this.image) <= poolDefaults.wholeUpTo) return this.image;
    throw new ArgumentError(
      `got a picture of ${width}×${height} to hold whole as floats; expected at most ${poolDefaults.wholeUpTo} pixels; ` +
        'gather batches of indices instead, from a selector with a batch size, and predict in parts',
    );
  }
}

/** Everything worked out once. */
export class FloatSamples extends PixelSamples {
  gather(indices: Uint32Array, inputs: Float32Array, targets: Float32Array): number {
    const { inputs: places, targets: colours } = this;
    const size = places.length / 2;
    const channels = colours.length / size;
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i]!;
      if (index >= size) return i;
      inputs[2 * i] = places[2 * index]!;
      inputs[2 * i + 1] = places[2 * index + 1]!;
      const from = index * channels;
      const to = i * channels;
      targets[to] = colours[from]!;
      // Without a loop over channels, which would take longer than what it does.
      if (channels === 1) continue;
      targets[to + 1] = colours[from + 1]!;
      targets[to + 2] = colours[from + 2]!;
      if (channels === 4) targets[to + 3] = colours[from + 3]!;
    }
    return -1;
  }
}

/** The image's own samples, and small tables from which the floats come. */
export class ByteSamples extends PixelSamples {
  readonly #rows: Float32Array;
  readonly #columns: Float32Array;
  readonly #table: Float32Array;

  /** @param rows the rows' places, from −1 to 1; `columns` likewise */
  constructor(image: Image, range: PixelRange, rows: Float32Array, columns: Float32Array) {
    super(image, range, false);
    this.#rows = rows;
    this.#columns = columns;
    this.#table = targetTable(image.depth, range);
  }

  gather(indices: Uint32Array, inputs: Float32Array, targets: Float32Array): number {
    const { width, channels, data } = this.image;
    const size = pixelCount(this.image);
    const rows = this.#rows;
    const columns = this.#columns;
    const table = this.#table;
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i]!;
      if (index >= size) return i;
      const row = (index / width) >>> 0;
      inputs[2 * i] = rows[row]!;
      inputs[2 * i + 1] = columns[index - row * width]!;
      const from = index * channels;
      const to = i * channels;
      targets[to] = table[data[from]!]!;
      if (channels === 1) continue;
      targets[to + 1] = table[data[from + 1]!]!;
      targets[to + 2] = table[data[from + 2]!]!;
      if (channels === 4) targets[to + 3] = table[data[from + 3]!]!;
    }
    return -1;
  }
}
