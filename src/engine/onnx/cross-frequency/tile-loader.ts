// Fills the buffers of a cross-frequency micro-batch: the selected samples of a tile and of the ring around
// it, the cached predictions they are written into, and which pixels' terms count.
import * as ort from 'onnxruntime-node';
import { ports, type FrequencySetup, type SampleSetup } from '../protocol.js';
import type { BatchArray, PerArray } from '../batch-arrays.js';
import type { Feeds, TensorPool, TensorsOf } from '../tensors.js';
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
  readonly #pool: TensorPool<BatchArray>;
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
  #position = new BigInt64Array();
  /** Batch row of each loaded sample; −1 for samples of the ring. */
  #row = new Int32Array();
  #count = 0;
  #current: CanvasTensors | undefined;

  /** @param pool where samples are put */
  constructor(setup: SampleSetup, frequency: FrequencySetup, pool: TensorPool<BatchArray>) {
    this.#pool = pool;
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
   * @param batch its inputs and targets; not read by a worker that works by index
   * @param whole every pixel is selected and its batch row is its index.
   * @returns its samples, those of the ring included
   */
  load(
    tile: Tile,
    batch: Pick<PerArray<Float32Array>, 'inputs' | 'targets'>,
    whole: boolean,
  ): TensorsOf<BatchArray> {
    const top = Math.max(0, tile.top - 1);
    const bottom = Math.min(this.#height, tile.bottom + 1);
    const left = Math.max(0, tile.left - 1);
    const right = Math.min(this.#width, tile.right + 1);
    const canvasWidth = right - left;
    this.#reserve((bottom - top) * canvasWidth);
    const tensors = this.#canvasTensors(bottom - top, canvasWidth);
    const { canvas, response, mask } = tensors;
    // Room for all of them; however many it will be, they lie in the same memory.
    const room = this.#pool.take((bottom - top) * canvasWidth);
    const [inputs, targets, weights] = [room.inputs.data, room.targets.data, room.weights.data];
    const indices = room.indices.data;
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
        if (this.#byIndex) indices[count] = pixel;
        else {
          for (let k = 0; k < di; k++) inputs[count * di + k] = batch.inputs[row * di + k] ?? 0;
          for (let k = 0; k < dt; k++) targets[count * dt + k] = batch.targets[row * dt + k] ?? 0;
        }
        weights[count] = own ? 1 : 0;
        this.#position[count] = BigInt(place);
        this.#row[count] = own ? row : -1;
        count++;
      }
    }
    this.#count = count;
    this.#current = tensors;
    return this.#pool.take(count);
  }

  /** Adds the loaded tile's canvas to a session's feeds. */
  feed(feeds: Feeds): void {
    const n = this.#count;
    Object.assign(feeds, this.#current?.feeds);
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
