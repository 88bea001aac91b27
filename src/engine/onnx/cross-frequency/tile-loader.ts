// Fills the buffers of a cross-frequency micro-batch: the selected samples of a tile and of the ring around
// it, the cached predictions they are written into, and which pixels' terms count.
import * as ort from 'onnxruntime-node';
import { ports, type FrequencySetup, type SampleSetup } from '../protocol.js';
import type { Feeds } from '../tensors.js';
import type { Tile } from './tiles.js';

/** Tensors over one tile's canvas; a worker meets only a few different canvas sizes. */
interface CanvasTensors {
  readonly canvas: Float32Array;
  readonly response: Float32Array;
  readonly mask: Float32Array;
  readonly feeds: Feeds;
}

/** Loads tiles one after the other into memory that is reused. */
export class TileLoader {
  readonly #inputDim: number;
  readonly #outputDim: number;
  readonly #width: number;
  readonly #height: number;
  readonly #targetResponse: Float32Array;
  readonly #cache: Float32Array;
  readonly #rowOf: Int32Array;
  readonly #byIndex: boolean;
  readonly #canvases = new Map<string, CanvasTensors>();
  #capacity = 0;
  #inputs = new Float32Array();
  #targets = new Float32Array();
  #indices = new Int32Array();
  #weight = new Float32Array();
  #position = new BigInt64Array();
  /** Batch row of each loaded sample; −1 for samples of the ring. */
  #row = new Int32Array();
  #count = 0;
  #current: CanvasTensors | undefined;

  constructor(setup: SampleSetup, frequency: FrequencySetup) {
    this.#inputDim = setup.inputDim;
    this.#outputDim = setup.outputDim;
    this.#width = frequency.width;
    this.#height = frequency.height;
    this.#targetResponse = new Float32Array(frequency.targetResponse);
    this.#cache = new Float32Array(frequency.cache);
    this.#rowOf = new Int32Array(frequency.rowOf);
    this.#byIndex = setup.byIndex;
  }

  /**
   * Loads a tile.
   * @param inputs batch inputs, [n, inputDim]; not read by a worker that works by index
   * @param targets batch targets, [n, outputDim]; likewise
   * @param whole every pixel is selected and its batch row is its index.
   * @returns the number of samples, those of the ring included.
   */
  load(tile: Tile, inputs: Float32Array, targets: Float32Array, whole: boolean): number {
    const top = Math.max(0, tile.top - 1);
    const bottom = Math.min(this.#height, tile.bottom + 1);
    const left = Math.max(0, tile.left - 1);
    const right = Math.min(this.#width, tile.right + 1);
    const canvasWidth = right - left;
    this.#reserve((bottom - top) * canvasWidth);
    const tensors = this.#canvasTensors(bottom - top, canvasWidth);
    const { canvas, response, mask } = tensors;
    const di = this.#inputDim;
    const dt = this.#outputDim;
    let count = 0;
    for (let y = top; y < bottom; y++) {
      const first = y * this.#width + left;
      canvas.set(this.#cache.subarray(first * dt, (first + canvasWidth) * dt), (y - top) * canvasWidth * dt);
      response.set(this.#targetResponse.subarray(first, first + canvasWidth), (y - top) * canvasWidth);
      const ringRow = y < tile.top || y >= tile.bottom;
      for (let x = left; x < right; x++) {
        const pixel = y * this.#width + x;
        const place = (y - top) * canvasWidth + (x - left);
        const row = whole ? pixel : (this.#rowOf[pixel] ?? -1);
        const own = row >= 0 && !ringRow && x >= tile.left && x < tile.right;
        mask[place] = own ? 1 : 0;
        if (row < 0) continue;
        if (this.#byIndex) this.#indices[count] = pixel;
        else {
          for (let k = 0; k < di; k++) this.#inputs[count * di + k] = inputs[row * di + k] ?? 0;
          for (let k = 0; k < dt; k++) this.#targets[count * dt + k] = targets[row * dt + k] ?? 0;
        }
        this.#weight[count] = own ? 1 : 0;
        this.#position[count] = BigInt(place);
        this.#row[count] = own ? row : -1;
        count++;
      }
    }
    this.#count = count;
    this.#current = tensors;
    return count;
  }

  /** Adds the loaded tile to a session's feeds. */
  feed(feeds: Feeds): void {
    const n = this.#count;
    Object.assign(feeds, this.#current?.feeds);
    const floats = (data: Float32Array, width: number): ort.Tensor =>
      new ort.Tensor('float32', data.subarray(0, n * width), [n, width]);
    if (this.#byIndex) feeds[ports.indices] = new ort.Tensor('int32', this.#indices.subarray(0, n), [n]);
    else {
      feeds['inputs'] = floats(this.#inputs, this.#inputDim);
      feeds['targets'] = floats(this.#targets, this.#outputDim);
    }
    feeds['weights'] = floats(this.#weight, 1);
    feeds[ports.position] = new ort.Tensor('int64', this.#position.subarray(0, n), [n, 1]);
  }

  /** Writes the numbers of the tile's own samples, so many a sample, to their rows of the batch. */
  scatter(values: Float32Array, rows: Float32Array, width: number): void {
    for (let i = 0; i < this.#count; i++) {
      const row = this.#row[i] ?? -1;
      if (row < 0) continue;
      for (let k = 0; k < width; k++) rows[row * width + k] = values[i * width + k] ?? 0;
    }
  }

  #reserve(samples: number): void {
    if (samples <= this.#capacity) return;
    this.#capacity = samples;
    this.#inputs = new Float32Array(samples * this.#inputDim);
    this.#targets = new Float32Array(samples * this.#outputDim);
    this.#indices = new Int32Array(samples);
    this.#weight = new Float32Array(samples);
    this.#position = new BigInt64Array(samples);
    this.#row = new Int32Array(samples);
  }

  #canvasTensors(height: number, width: number): CanvasTensors {
    const key = `${height}x${width}`;
    let tensors = this.#canvases.get(key);
    if (tensors === undefined) {
      const canvas = new Float32Array(height * width * this.#outputDim);
      const response = new Float32Array(height * width);
      const mask = new Float32Array(height * width);
      tensors = {
        canvas,
        response,
        mask,
        feeds: {
          [ports.canvas]: new ort.Tensor('float32', canvas, [height * width, this.#outputDim]),
          [ports.targetResponse]: new ort.Tensor('float32', response, [1, 1, height, width]),
          [ports.mask]: new ort.Tensor('float32', mask, [1, 1, height, width]),
        },
      };
      this.#canvases.set(key, tensors);
    }
    return tensors;
  }
}
