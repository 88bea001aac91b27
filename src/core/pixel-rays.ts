// Rays through the pixels of photographs, as plain data: cameras, lenses and bytes. Whoever has them makes a ray out of its number
// alone, on a graphics card, say, which is then sent four bytes a ray.

/**
 * A lens as numbers; lengths in pixels, the centre of the top left pixel at (0.5, 0.5). `Intrinsics` of `evos/nerf` is one, and says
 * what the models and their coefficients mean.
 */
export interface PixelLens {
  /** `pinhole`, `opencv`, `opencv-rational` or `opencv-fisheye`. Whoever does not know a model takes the pool's own rays. */
  readonly model: string;
  readonly width: number;
  readonly height: number;
  readonly fx: number;
  readonly fy: number;
  readonly cx: number;
  readonly cy: number;
  readonly k1: number;
  readonly k2: number;
  readonly k3: number;
  readonly k4: number;
  readonly k5: number;
  readonly k6: number;
  readonly p1: number;
  readonly p2: number;
}

/** A camera: its lens and where it stands. `View` of `evos/nerf` is one. */
export interface PixelCamera {
  readonly intrinsics: PixelLens;
  /** 16 numbers, camera to world, column by column: right, up and backwards (it looks along −Z), then its place. */
  readonly pose: ArrayLike<number>;
}

/** A photograph in memory: the pool's own, not to change. */
export interface PixelPhotograph {
  /** 4 where parts are transparent; alpha does not multiply the colours. */
  readonly channels: 3 | 4;
  /** `[height · width, channels]`, row by row, from 0 to 255. */
  readonly data: Uint8Array;
}

/**
 * A pool's rays as what they are made from. Ray i goes through the middle of a pixel: pixels are counted camera by camera, row by row.
 * Its input is the camera's place and the unit direction in which the lens sees the pixel, in the world; its target the pixel's bytes
 * over 255, over the background where it is transparent: what `gather` gives, up to rounding.
 * @example
 * // A renderer of one's own keeps what rays are made from, and is sent their numbers.
 * const pool = createRayPool(scene);
 * await pool.load();
 * pool.pixelRays.cameras.forEach((camera, i) => mine.keep(camera, pool.pixelRays.photograph(i)));
 * mine.train(selector.next().indices);
 */
export interface PixelRays {
  /** All of the pool's, in the order of its samples. */
  readonly cameras: readonly PixelCamera[];
  /** What shows through transparent pixels: red, green, blue from 0 to 1. */
  readonly background: readonly [red: number, green: number, blue: number];
  /** The photograph of a camera; undefined where it is not in memory. */
  photograph(camera: number): PixelPhotograph | undefined;
  /**
   * Why rays that are made in single precision would be others than the pool's, the end of a sentence: a lens that bends its picture
   * back into itself, say. Left out: they are the same.
   */
  readonly unfit?: string;
}
