// All rays of a scene's photographs, one per pixel. What is kept are the photographs' bytes; where a ray starts and goes,
// and its colour as numbers, is worked out for the rays of a batch when it is gathered.
//
// Rays of a batch come from anywhere, so the photographs they come from must all be in memory, and gathering cannot wait
// for a decoder. So decoding is a step of its own, `ready`, which reads what is asked for and lets go of what was asked
// for longest ago where the budget says so. At three bytes a ray a gibibyte holds 3·10⁸ of them.
import { ArgumentError } from '../../core/index.js';
import { pixelDirection, rotateDirection } from '../cameras/camera.js';
import { byteLength, readPhotograph, type PhotographPixels } from '../files/photograph-pixels.js';
import { firstOfView, pixelSource, viewOf, type RayBuffers, type RaySource } from './source.js';
import type { Scene, View } from '../scene.js';
import { inParallel } from '../files/scene-files.js';

/** What a ray pool may be told. */
export interface RayPoolOptions {
  /** Which of the scene's views are in it, by index, such as `holdOut(scene).train`. Default: all, in their order. */
  readonly views?: ArrayLike<number>;
  /** Bytes that photographs may take in memory. Default: 2³⁰. */
  readonly memory?: number;
  /** What shows through transparent parts: `white`, `black`, or red, green, blue from 0 to 1. Default: `white`. */
  readonly background?: 'white' | 'black' | readonly [red: number, green: number, blue: number];
}

/** What a ray pool does unless told otherwise. */
export const rayPoolDefaults = {
  /** 3·10⁸ rays without alpha. */
  memory: 2 ** 30,
  /** As the Blender sets are rendered and compared. */
  background: 'white',
} as const;

/** The rays of photographs; a `RaySource` for samplers. Views are numbered by their place in the pool. */
export interface RayPool extends RaySource {
  /** The photographs and cameras in it. */
  readonly cameras: readonly View[];
  /** `[views + 1]`: the index of each view's first ray, and behind them the number of all rays. */
  readonly firstOfView: Float64Array;
  /** Bytes that the photographs in memory take. */
  readonly bytes: number;
  /**
   * Reads photographs, so that their rays can be gathered; those that are in memory already stay. Where the budget does
   * not hold all, those of earlier calls go, the longest unused first. Calls take turns.
   *
   * @param views by their place in the pool; default: all
   * @throws InputError for a photograph that cannot be read; ArgumentError where the views asked for exceed the budget,
   *   or for a view that has neither photograph nor pixels
   */
  ready(views?: ArrayLike<number>): Promise<void>;
  /**
   * Sets a view's pixels from memory, such as a rendering's. They count towards `bytes`, and are never let go.
   * @param data `[height · width, channels]`, sRGB bytes, not copied
   * @throws ArgumentError for another length
   */
  setPixels(view: number, data: Uint8Array, channels: 3 | 4): void;
  /**
   * Targets over a background for each ray, such as a random one: red, green, blue of `rays` over `backgrounds`.
   * @param backgrounds `[n, 3]`, from 0 to 1
   * @param targets `[n, 3]`, written
   */
  composite(
    rays: Pick<RayBuffers, 'views' | 'rows' | 'columns'>,
    backgrounds: Float32Array,
    targets: Float32Array,
  ): void;
  /** A view's photograph over the background: `[height, width, 3]` bytes that belong to the caller. */
  picture(view: number): Uint8Array;
}

/**
 * Makes the pool of a scene's rays. Nothing is read until `ready`.
 *
 * Targets are the photographs' sRGB values over 255, over the background where a photograph is transparent; NeRF's
 * literature trains on those and not on linear light. Rays go through the middle of their pixels.
 *
 * @param scene from `loadScene`, or with views of your own making
 * @throws ArgumentError for no views, views that the scene does not have, 2³² rays or more, or settings out of range
 */
export function createRayPool(
  scene: Pick<Scene, 'views' | 'hasAlpha'>,
  options: RayPoolOptions = {},
): RayPool {
  const chosen =
    options.views === undefined ? scene.views : Array.from(options.views, (i) => viewAt(scene.views, i));
  if (chosen.length === 0) throw new ArgumentError('got no views; expected at least one to take rays from');
  const memory = options.memory ?? rayPoolDefaults.memory;
  if (!(memory > 0)) throw new ArgumentError(`got a memory of ${memory}; expected bytes, above 0`);
  return new Pool(
    chosen,
    scene.hasAlpha,
    memory,
    background(options.background ?? rayPoolDefaults.background),
  );
}

function viewAt(views: readonly View[], i: number): View {
  const view = views[i];
  if (view === undefined) throw new ArgumentError(`got view ${i}; expected 0 to ${views.length - 1}`);
  return view;
}

function background(named: NonNullable<RayPoolOptions['background']>): readonly [number, number, number] {
  const colour = named === 'white' ? ([1, 1, 1] as const) : named === 'black' ? ([0, 0, 0] as const) : named;
  if (colour.length === 3 && colour.every((value) => value >= 0 && value <= 1)) return colour;
  throw new ArgumentError(
    `got the background ${String(named)}; expected white, black, or 3 numbers from 0 to 1`,
  );
}

class Pool implements RayPool {
  readonly cameras: readonly View[];
  readonly size: number;
  readonly views: RaySource['views'];
  readonly firstOfView: Float64Array;
  readonly masked?: (index: number) => boolean;
  readonly #places: RaySource;
  readonly #memory: number;
  readonly #expectedChannels: 3 | 4;
  readonly #background: readonly [number, number, number];
  readonly #pixels: (PhotographPixels | undefined)[];
  /** Views whose photographs may go, the longest unused first. */
  readonly #loaded = new Set<number>();
  readonly #direction = new Float64Array(3);
  readonly #colour = new Float64Array(3);
  #bytes = 0;
  #turn: Promise<void> = Promise.resolve();

  constructor(
    cameras: readonly View[],
    hasAlpha: boolean,
    memory: number,
    colour: readonly [number, number, number],
  ) {
    this.cameras = cameras;
    this.views = cameras.map(({ intrinsics: { width, height } }) => ({ width, height }));
    this.firstOfView = firstOfView(this.views);
    this.size = this.firstOfView[cameras.length]!;
    if (this.size >= 2 ** 32) {
      throw new ArgumentError(
        `got ${this.size} rays; expected fewer than 2³², since indices have 32 bits; take fewer views or shrink them`,
      );
    }
    this.#places = pixelSource(this.views);
    this.#memory = memory;
    this.#expectedChannels = hasAlpha ? 4 : 3;
    this.#background = colour;
    this.#pixels = new Array<undefined>(cameras.length).fill(undefined);
    // Left out where nothing is masked, so that samplers need not ask for every ray.
    if (cameras.some(({ mask }) => mask !== undefined)) this.masked = (index) => this.#isMasked(index);
  }

  get bytes(): number {
    return this.#bytes;
  }

  ready(views: ArrayLike<number> = this.cameras.map((_, i) => i)): Promise<void> {
    const wanted = [...new Set(Array.from(views))];
    const next = this.#turn.then(() => this.#load(wanted));
    this.#turn = next.catch(() => undefined);
    return next;
  }

  async #load(wanted: readonly number[]): Promise<void> {
    const absent = wanted.filter((view) => {
      viewAt(this.cameras, view);
      if (this.#loaded.delete(view)) this.#loaded.add(view);
      return this.#pixels[view] === undefined;
    });
    const room = absent.reduce((sum, view) => sum + this.#expected(view), 0);
    const asked = new Set(wanted);
    for (const view of this.#loaded) {
      if (this.#bytes + room <= this.#memory) break;
      if (!asked.has(view)) this.#release(view);
    }
    if (this.#bytes + room > this.#memory) {
      const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
      throw new ArgumentError(
        `got ${wanted.length} photographs that take ${megabytes(this.#bytes + room)}; expected at most ` +
          `${megabytes(this.#memory)} (memory); shrink them (shrinkScene), ask for fewer, or raise memory`,
      );
    }
    await inParallel(absent, 4, async (view) => {
      const camera = this.cameras[view]!;
      const { file } = camera;
      if (file === undefined) {
        throw new ArgumentError(
          `view ${view} (${camera.name}) has no photograph; give it pixels with setPixels()`,
        );
      }
      this.#keep(view, await readPhotograph({ ...camera, file }));
      this.#loaded.add(view);
    });
  }

  #expected(view: number): number {
    const { intrinsics, mask } = this.cameras[view]!;
    const pixels = intrinsics.width * intrinsics.height;
    return pixels * this.#expectedChannels + (mask === undefined ? 0 : (pixels + 7) >> 3);
  }

  #keep(view: number, pixels: PhotographPixels): void {
    this.#release(view);
    this.#pixels[view] = pixels;
    this.#bytes += byteLength(pixels);
  }

  #release(view: number): void {
    const pixels = this.#pixels[view];
    if (pixels !== undefined) this.#bytes -= byteLength(pixels);
    this.#pixels[view] = undefined;
    this.#loaded.delete(view);
  }

  setPixels(view: number, data: Uint8Array, channels: 3 | 4): void {
    const { width, height } = viewAt(this.cameras, view).intrinsics;
    if (data.length !== width * height * channels) {
      throw new ArgumentError(
        `got ${data.length} bytes for view ${view}; expected ${width}×${height} pixels of ${channels} channels`,
      );
    }
    this.#keep(view, { channels, data, ignored: undefined });
  }

  locate(indices: Uint32Array, views: Uint32Array, rows: Uint32Array, columns: Uint32Array): void {
    this.#places.locate(indices, views, rows, columns);
  }

  gather(indices: Uint32Array, n: number, out: RayBuffers): void {
    const { origins, directions, targets } = out;
    const direction = this.#direction;
    const colour = this.#colour;
    const [red, green, blue] = this.#background;
    for (let i = 0, at = 0; i < n; i++, at += 3) {
      const index = indices[i]!;
      if (index >= this.size) throw new ArgumentError(`got ray ${index}; expected one below ${this.size}`);
      const view = viewOf(this.firstOfView, index);
      const { intrinsics: lens, pose } = this.cameras[view]!;
      const pixel = index - this.firstOfView[view]!;
      const row = Math.floor(pixel / lens.width);
      const column = pixel - row * lens.width;
      out.views[i] = view;
      out.rows[i] = row;
      out.columns[i] = column;
      pixelDirection(lens, column + 0.5, row + 0.5, direction);
      rotateDirection(pose, direction);
      this.#colourOf(this.#resident(view), pixel, red, green, blue, colour);
      for (let axis = 0; axis < 3; axis++) {
        origins[at + axis] = pose[12 + axis]!;
        directions[at + axis] = direction[axis]!;
        targets[at + axis] = colour[axis]!;
      }
    }
  }

  composite(
    { views, rows, columns }: Pick<RayBuffers, 'views' | 'rows' | 'columns'>,
    backgrounds: Float32Array,
    targets: Float32Array,
  ): void {
    const colour = this.#colour;
    for (let i = 0, at = 0; i < views.length; i++, at += 3) {
      const view = views[i]!;
      const pixel = rows[i]! * this.views[view]!.width + columns[i]!;
      const [red, green, blue] = [backgrounds[at]!, backgrounds[at + 1]!, backgrounds[at + 2]!];
      this.#colourOf(this.#resident(view), pixel, red, green, blue, colour);
      targets.set(colour, at);
    }
  }

  picture(view: number): Uint8Array {
    const { width, height } = viewAt(this.cameras, view).intrinsics;
    const pixels = this.#resident(view);
    const [red, green, blue] = this.#background;
    const bytes = new Uint8Array(3 * width * height);
    for (let pixel = 0; pixel < width * height; pixel++) {
      this.#colourOf(pixels, pixel, red, green, blue, this.#colour);
      for (let c = 0; c < 3; c++) bytes[3 * pixel + c] = Math.round(255 * this.#colour[c]!);
    }
    return bytes;
  }

  #colourOf(
    { channels, data }: PhotographPixels,
    pixel: number,
    red: number,
    green: number,
    blue: number,
    out: Float64Array,
  ): void {
    const at = pixel * channels;
    const alpha = channels === 4 ? data[at + 3]! / 255 : 1;
    out[0] = (data[at]! / 255) * alpha + red * (1 - alpha);
    out[1] = (data[at + 1]! / 255) * alpha + green * (1 - alpha);
    out[2] = (data[at + 2]! / 255) * alpha + blue * (1 - alpha);
  }

  #resident(view: number): PhotographPixels {
    const pixels = this.#pixels[view];
    if (pixels !== undefined) return pixels;
    throw new ArgumentError(
      `the photograph of view ${view} (${this.cameras[view]?.name ?? 'unknown'}) is not in memory; ` +
        'call ready() and wait for it before taking its rays',
    );
  }

  #isMasked(index: number): boolean {
    const view = viewOf(this.firstOfView, index);
    if (this.cameras[view]?.mask === undefined) return false;
    const { ignored } = this.#resident(view);
    const pixel = index - this.firstOfView[view]!;
    return ignored !== undefined && ((ignored[pixel >> 3]! >> (pixel & 7)) & 1) === 1;
  }
}
