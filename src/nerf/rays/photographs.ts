// The photographs of a ray pool that are in memory, within a budget of bytes. Decoders are imported with the first
// photograph that is read from a file, so that pools of pixels from elsewhere need none.
import { ArgumentError } from '../../core/errors.js';
import type { PhotographPixels } from '../files/photograph-pixels.js';
import { inParallel } from '../in-parallel.js';
import type { View } from '../scene.js';

/** Photographs by the place of their view in the pool. */
export class Photographs {
  readonly #cameras: readonly View[];
  /** Bytes that photographs may take. */
  readonly #budget: number;
  readonly #expectedChannels: 3 | 4;
  readonly #pixels: (PhotographPixels | undefined)[];
  /** Views whose photographs may go, the longest unused first. */
  readonly #loaded = new Set<number>();
  /** Views with pixels from memory, whose masks are still to be read. */
  readonly #unmasked = new Set<number>();
  #absent: number;
  #bytes = 0;
  #turn: Promise<void> = Promise.resolve();

  constructor(cameras: readonly View[], hasAlpha: boolean, budget: number) {
    this.#cameras = cameras;
    this.#budget = budget;
    this.#expectedChannels = hasAlpha ? 4 : 3;
    this.#pixels = new Array<undefined>(cameras.length).fill(undefined);
    this.#absent = cameras.length;
  }

  /** Bytes that the photographs in memory take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether all photographs are in memory, and their masks. */
  get complete(): boolean {
    return this.#absent === 0 && this.#unmasked.size === 0;
  }

  /** A photograph, where it is in memory. */
  find(view: number): PhotographPixels | undefined {
    return this.#pixels[view];
  }

  /** A photograph in memory. @throws ArgumentError when it is not there */
  of(view: number): PhotographPixels {
    const pixels = this.#pixels[view];
    if (pixels !== undefined) return pixels;
    throw new ArgumentError(
      `the photograph of view ${view} (${this.#cameras[view]?.name ?? 'unknown'}) is not in memory; ` +
        'call load() and wait for it before taking its rays',
    );
  }

  /** Whether a mask lies over a pixel of a view. @throws ArgumentError when it is not in memory */
  isMasked(view: number, pixel: number): boolean {
    if (this.#cameras[view]?.mask === undefined) return false;
    const { ignored } = this.of(view);
    if (this.#unmasked.has(view)) {
      throw new ArgumentError(
        `the mask of view ${view} is not in memory; call load() and wait for it after setPixels()`,
      );
    }
    return ignored !== undefined && ((ignored[pixel >> 3]! >> (pixel & 7)) & 1) === 1;
  }

  /** Reads photographs that are not in memory. Calls take turns. */
  load(views: ArrayLike<number>): Promise<void> {
    const wanted = [...new Set(Array.from(views))];
    const next = this.#turn.then(() => this.#load(wanted));
    this.#turn = next.catch(() => undefined);
    return next;
  }

  /** Puts pixels into memory that stay there, under the view's mask. */
  set(view: number, data: Uint8Array, channels: 3 | 4): void {
    const { intrinsics, mask } = viewAt(this.#cameras, view);
    const { width, height } = intrinsics;
    if (data.length !== width * height * channels) {
      throw new ArgumentError(
        `got ${data.length} bytes for view ${view}; expected ${width}×${height} pixels of ${channels} channels`,
      );
    }
    const ignored = this.#pixels[view]?.ignored;
    this.#keep(view, { channels, data, ignored });
    if (mask !== undefined && ignored === undefined) this.#unmasked.add(view);
  }

  async #load(wanted: readonly number[]): Promise<void> {
    const absent = wanted.filter((view) => {
      viewAt(this.#cameras, view);
      if (this.#loaded.delete(view)) this.#loaded.add(view);
      return this.#pixels[view] === undefined;
    });
    await this.#readMasks(wanted.filter((view) => this.#unmasked.has(view)));
    if (absent.length === 0) return;
    this.#makeRoom(wanted, absent);
    const { readPhotograph } = await import('../files/photograph-pixels.js');
    await inParallel(absent, 4, async (view) => {
      const camera = viewAt(this.#cameras, view);
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

  /** Reads the masks of views whose pixels came from memory. */
  async #readMasks(views: readonly number[]): Promise<void> {
    if (views.length === 0) return;
    const { readMask } = await import('../files/photograph-pixels.js');
    await inParallel(views, 4, async (view) => {
      const { intrinsics, mask } = viewAt(this.#cameras, view);
      if (mask === undefined) return;
      const ignored = await readMask(mask, intrinsics);
      // Pixels may have been set anew meanwhile.
      this.#keep(view, { ...this.of(view), ignored });
      this.#unmasked.delete(view);
    });
  }

  /** Lets go of photographs that nobody asked for, as far as the budget needs it. */
  #makeRoom(wanted: readonly number[], absent: readonly number[]): void {
    const room = absent.reduce((sum, view) => sum + this.#expected(view), 0);
    const asked = new Set(wanted);
    for (const view of this.#loaded) {
      if (this.#bytes + room <= this.#budget) break;
      if (!asked.has(view)) this.#release(view);
    }
    if (this.#bytes + room <= this.#budget) return;
    const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
    throw new ArgumentError(
      `got ${wanted.length} photographs that take ${megabytes(this.#bytes + room)}; expected at most ` +
        `${megabytes(this.#budget)} (memory); shrink them (shrinkScene), ask for fewer, or raise memory`,
    );
  }

  #expected(view: number): number {
    const { intrinsics, mask } = viewAt(this.#cameras, view);
    const pixels = intrinsics.width * intrinsics.height;
    return pixels * this.#expectedChannels + (mask === undefined ? 0 : (pixels + 7) >> 3);
  }

  #keep(view: number, pixels: PhotographPixels): void {
    this.#release(view);
    this.#pixels[view] = pixels;
    this.#bytes += byteLength(pixels);
    this.#absent -= 1;
  }

  #release(view: number): void {
    const pixels = this.#pixels[view];
    if (pixels === undefined) return;
    this.#bytes -= byteLength(pixels);
    this.#absent += 1;
    this.#pixels[view] = undefined;
    this.#loaded.delete(view);
  }
}

/** @throws ArgumentError for a view that is not there */
export function viewAt(views: readonly View[], i: number): View {
  const view = views[i];
  if (view === undefined) throw new ArgumentError(`got view ${i}; expected 0 to ${views.length - 1}`);
  return view;
}

/** Bytes that a photograph and its mask take. */
function byteLength({ data, ignored }: PhotographPixels): number {
  return data.byteLength + (ignored?.byteLength ?? 0);
}
