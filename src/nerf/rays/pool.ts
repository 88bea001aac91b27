// All rays of a scene's photographs, one per pixel. The pool keeps the photographs' bytes. It works out where a ray starts
// and goes, and its colour as numbers, when a batch is gathered.
//
// The rays of a batch come from anywhere, so all their photographs must be in memory, and gathering cannot wait for a
// decoder. Decoding is a step of its own: `ready` for the rays of a batch, `load` for whole photographs. At three bytes a
// ray a gibibyte holds 3·10⁸ of them.
import { BatchMemory, checkSamples, outsidePool } from '../../core/batch-memory.js';
import { ArgumentError } from '../../core/errors.js';
import { present } from '../../core/present.js';
import { firstOfView, viewOf } from '../../core/selectors/views.js';
import type { Batch, GridSize, PixelRays, Pool, Samples, TileLayout } from '../../core/index.js';
import { pixelDirection, rotateDirection } from '../cameras/camera.js';
import { whyNotSingle } from '../cameras/single-precision.js';
import type { PhotoScene, View } from '../scene.js';
import { Photographs, viewAt } from './photographs.js';
import { locatePixels, type RayBuffers, type RaySource } from './source.js';
import { defaultTileSide, rayTiles } from './tiles.js';

/** What {@link createRayPool} takes besides the scene. */
export interface RayPoolOptions {
  /** Which of the scene's views are in it, by index, such as `holdOut(scene).train`. Default: all, in their order. */
  readonly views?: ArrayLike<number>;
  /** Bytes that photographs may take in memory. Default: 2³⁰. */
  readonly memory?: number;
  /** What shows through transparent parts: `white`, `black`, or red, green, blue from 0 to 1. Default: `white`. */
  readonly background?: 'white' | 'black' | readonly [red: number, green: number, blue: number];
}

/** The defaults of a ray pool. */
export const rayPoolDefaults = {
  /** 3·10⁸ rays without alpha. */
  memory: 2 ** 30,
  /** As the Blender sets are rendered and compared. */
  background: 'white',
  /** Most rays of one batch. They take 1.1 GiB. */
  batchUpTo: 2 ** 25,
} as const;

/**
 * The rays of photographs: a pool, and a source for the ray sampler. Views are numbered by their place in the pool.
 * Inputs are origins and unit directions, `[n, 6]`; targets are colours from 0 to 1, `[n, 3]`.
 */
export interface RayPool extends Pool, RaySource {
  /** The sizes of the photographs. */
  readonly views: readonly GridSize[];
  /** Tiles of neighbouring pixels. They take 12 bytes each and are made when first read. */
  readonly layout: Required<TileLayout>;
  /** The photographs and cameras in it. */
  readonly cameras: readonly View[];
  /** What the rays are made from: for renderers that make them out of their numbers. Photographs are those in memory. */
  readonly pixelRays: PixelRays;
  /** `[views + 1]`: the index of each view's first ray, and behind them the number of all rays. */
  readonly firstOfView: Float64Array;
  /** Bytes that the photographs in memory take. */
  readonly bytes: number;
  /**
   * Collects rays, all of which must be in memory.
   * @throws ArgumentError when an index is not below `size`, when a ray's photograph is not in memory, or for more than
   *   `rayPoolDefaults.batchUpTo` rays
   */
  gather(samples: Samples): Batch;
  /** Reads the photographs of these rays, as {@link load} does. Costs nothing once all photographs are in memory. */
  ready(samples: Samples): Promise<void>;
  /**
   * Reads photographs, so that their rays can be gathered. Those in memory stay. Where the budget does not hold all, those
   * of earlier calls go, the longest unused first. Calls take turns.
   *
   * @param views by their place in the pool; default: all
   * @throws InputError for a photograph that cannot be read; ArgumentError where the views asked for exceed the budget,
   *   or for a view that has neither photograph nor pixels
   */
  load(views?: ArrayLike<number>): Promise<void>;
  /**
   * Whether a mask lies over a ray. Undefined where no view has a mask, so that nobody need ask for every ray.
   * @throws ArgumentError when the ray's photograph is not in memory
   */
  readonly excluded?: (index: number) => boolean;
  /**
   * Sets a view's pixels from memory, such as a rendering's. They count towards `bytes`, and are never let go. A mask of the
   * view stays over them: one that was not read yet is read by the next `load` or `ready`.
   * @param data `[height · width, channels]`, sRGB bytes, not copied
   * @throws ArgumentError for another length
   */
  setPixels(view: number, data: Uint8Array, channels: 3 | 4): void;
  /**
   * Targets over a background for each ray, such as a random one: red, green, blue of the rays over `backgrounds`.
   * @param indices `[n]`: the rays
   * @param backgrounds `[n, 3]`, from 0 to 1
   * @param targets `[n, 3]`, written
   */
  composite(indices: Uint32Array, backgrounds: Float32Array, targets: Float32Array): void;
  /** A view's photograph over the background: `[height, width, 3]` bytes that belong to the caller. */
  picture(view: number): Uint8Array;
}

/**
 * Makes the pool of a scene's rays. Nothing is read until `ready` or `load`.
 *
 * Targets are the photographs' sRGB values over 255, over the background where a photograph is transparent; NeRF's
 * literature trains on those and not on linear light. Rays go through the middle of their pixels.
 *
 * @param scene from `loadScene`, or with views of your own making
 * @throws ArgumentError for no views, views that the scene does not have, 2³² rays or more, or settings out of range
 * @example
 * const pool = createRayPool(await loadScene('fox/'));
 * await pool.load();
 * const { inputs, targets } = pool.gather(someOf(Uint32Array.of(0, 1, 2)));
 */
export function createRayPool(
  scene: Pick<PhotoScene, 'views' | 'hasAlpha'>,
  options: RayPoolOptions = {},
): RayPool {
  const chosen =
    options.views === undefined ? scene.views : Array.from(options.views, (i) => viewAt(scene.views, i));
  if (chosen.length === 0) throw new ArgumentError('got no views; expected at least one to take rays from');
  const memory = options.memory ?? rayPoolDefaults.memory;
  if (!(memory > 0)) throw new ArgumentError(`got a memory of ${memory}; expected bytes, above 0`);
  return new PhotographRays(
    chosen,
    new Photographs(chosen, scene.hasAlpha, memory),
    background(options.background ?? rayPoolDefaults.background),
  );
}

function background(named: NonNullable<RayPoolOptions['background']>): readonly [number, number, number] {
  const colour = named === 'white' ? ([1, 1, 1] as const) : named === 'black' ? ([0, 0, 0] as const) : named;
  if (colour.length === 3 && colour.every((value) => value >= 0 && value <= 1)) return colour;
  throw new ArgumentError(
    `got the background ${String(named)}; expected white, black, or 3 numbers from 0 to 1`,
  );
}

const what = 'the rays of all views';

/** The first lens whose rays would be others in single precision, and why; undefined: all will do. */
function whyUnfit(cameras: readonly View[]): string | undefined {
  const seen = new Set<string>();
  for (const { name, intrinsics } of cameras) {
    const key = JSON.stringify(intrinsics);
    const reason = seen.has(key) ? undefined : whyNotSingle(intrinsics);
    if (reason !== undefined) return `the lens of ${name} (${intrinsics.model}) ${reason}`;
    seen.add(key);
  }
  return undefined;
}

class PhotographRays implements RayPool {
  readonly inputDim = 6;
  readonly targetDim = 3;
  readonly cameras: readonly View[];
  readonly size: number;
  readonly views: readonly GridSize[];
  readonly firstOfView: Float64Array;
  readonly excluded?: (index: number) => boolean;
  readonly #photographs: Photographs;
  readonly #background: Float64Array;
  readonly #memory = new BatchMemory(6, 3);
  readonly #direction = new Float64Array(3);
  #layout: Required<TileLayout> | undefined;
  #pixelRays: PixelRays | undefined;

  constructor(cameras: readonly View[], photographs: Photographs, colour: ArrayLike<number>) {
    this.cameras = cameras;
    this.views = cameras.map(({ intrinsics: { width, height } }) => ({ width, height }));
    this.firstOfView = firstOfView(this.views);
    this.size = this.firstOfView[cameras.length]!;
    if (this.size >= 2 ** 32) {
      throw new ArgumentError(
        `got ${this.size} rays; expected fewer than 2³², since indices have 32 bits; take fewer views or shrink them`,
      );
    }
    this.#photographs = photographs;
    this.#background = Float64Array.from(colour);
    if (cameras.some(({ mask }) => mask !== undefined)) this.excluded = (index) => this.#isMasked(index);
  }

  get bytes(): number {
    return this.#photographs.bytes;
  }

  get layout(): Required<TileLayout> {
    return (this.#layout ??= rayTiles(this.views, defaultTileSide(this.size)));
  }

  get pixelRays(): PixelRays {
    const [red = 0, green = 0, blue = 0] = this.#background;
    return (this.#pixelRays ??= {
      cameras: this.cameras,
      background: [red, green, blue],
      photograph: (view) => this.#photographs.find(view),
      ...present({ unfit: whyUnfit(this.cameras) }),
    });
  }

  async ready(samples: Samples): Promise<void> {
    if (this.#photographs.complete) return;
    await this.load(samples.whole ? undefined : this.#viewsOf(samples.indices));
  }

  load(views: ArrayLike<number> = this.cameras.map((_, i) => i)): Promise<void> {
    return this.#photographs.load(views);
  }

  setPixels(view: number, data: Uint8Array, channels: 3 | 4): void {
    this.#photographs.set(view, data, channels);
  }

  pixelsOf(indices: Uint32Array, views: Uint32Array, rows: Uint32Array, columns: Uint32Array): void {
    locatePixels(this.views, this.firstOfView, indices, indices.length, { views, rows, columns });
  }

  gather(samples: Samples): Batch {
    const { size } = samples;
    checkSamples(samples, this.size, what);
    if (size > rayPoolDefaults.batchUpTo) {
      throw new ArgumentError(
        `got ${size} rays to gather at once; expected at most ${rayPoolDefaults.batchUpTo}; gather them in parts`,
      );
    }
    const indices = samples.whole ? undefined : samples.indices;
    this.#memory.reserve(size);
    const { inputs, targets } = this.#memory;
    for (let i = 0; i < size; i++) {
      const index = indices === undefined ? i : indices[i]!;
      if (index >= this.size) throw outsidePool(index, i, this.size, what);
      const view = viewOf(this.firstOfView, index);
      const pixel = index - this.firstOfView[view]!;
      const { width } = this.views[view]!;
      const row = Math.floor(pixel / width);
      this.#trace(view, row, pixel - row * width, inputs, 6 * i, inputs, 6 * i + 3);
      this.#colourOf(view, pixel, this.#background, 0, targets, 3 * i);
    }
    return this.#memory.batch(samples);
  }

  fill(indices: Uint32Array, n: number, out: RayBuffers): void {
    locatePixels(this.views, this.firstOfView, indices, n, out);
    const { views, rows, columns, origins, directions, targets } = out;
    for (let i = 0, at = 0; i < n; i++, at += 3) {
      const [view, row, column] = [views[i]!, rows[i]!, columns[i]!];
      this.#trace(view, row, column, origins, at, directions, at);
      this.#colourOf(view, row * this.views[view]!.width + column, this.#background, 0, targets, at);
    }
  }

  composite(indices: Uint32Array, backgrounds: Float32Array, targets: Float32Array): void {
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i]!;
      if (index >= this.size) throw outsidePool(index, i, this.size, what);
      const view = viewOf(this.firstOfView, index);
      this.#colourOf(view, index - this.firstOfView[view]!, backgrounds, 3 * i, targets, 3 * i);
    }
  }

  picture(view: number): Uint8Array {
    const { width, height } = viewAt(this.cameras, view).intrinsics;
    const colour = new Float64Array(3);
    const bytes = new Uint8Array(3 * width * height);
    for (let pixel = 0; pixel < width * height; pixel++) {
      this.#colourOf(view, pixel, this.#background, 0, colour, 0);
      for (let c = 0; c < 3; c++) bytes[3 * pixel + c] = Math.round(255 * colour[c]!);
    }
    return bytes;
  }

  /** Writes where the ray through the middle of a pixel starts and goes. */
  #trace(
    view: number,
    row: number,
    column: number,
    origins: Float32Array,
    originAt: number,
    directions: Float32Array,
    directionAt: number,
  ): void {
    const { intrinsics, pose } = this.cameras[view]!;
    const direction = this.#direction;
    pixelDirection(intrinsics, column + 0.5, row + 0.5, direction);
    rotateDirection(pose, direction);
    for (let axis = 0; axis < 3; axis++) {
      origins[originAt + axis] = pose[12 + axis]!;
      directions[directionAt + axis] = direction[axis]!;
    }
  }

  /** Writes a pixel's colour over the background that stands at `from`. */
  #colourOf(
    view: number,
    pixel: number,
    background: Float32Array | Float64Array,
    from: number,
    out: Float32Array | Float64Array,
    at: number,
  ): void {
    const { channels, data } = this.#photographs.of(view);
    const first = pixel * channels;
    const alpha = channels === 4 ? data[first + 3]! / 255 : 1;
    for (let c = 0; c < 3; c++) {
      out[at + c] = (data[first + c]! / 255) * alpha + background[from + c]! * (1 - alpha);
    }
  }

  /** The views that rays are of, each once. */
  #viewsOf(indices: Uint32Array): number[] {
    const seen = new Set<number>();
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i]!;
      if (index >= this.size) throw outsidePool(index, i, this.size, what);
      seen.add(viewOf(this.firstOfView, index));
    }
    return [...seen];
  }

  #isMasked(index: number): boolean {
    const view = viewOf(this.firstOfView, index);
    return this.#photographs.isMasked(view, index - this.firstOfView[view]!);
  }
}
