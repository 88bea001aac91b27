// Canny's edges (Canny, 1986) as OpenCV finds them, to the pixel: methods that begin with edges were published with OpenCV's.
// Sobel gradients; the ridges of |dx| + |dy|; then hysteresis: what is strong, and what is weak and hangs together with that.
import type { GridSize } from '../contracts.js';

/** Tangent of 22.5° in fixed point of 15 bits, as in OpenCV. */
const tan22 = 13_573;
const shift = 2 ** 15;

/** Gradients of a picture. */
export interface Gradients {
  /** `[height, width]` */
  readonly dx: Float32Array;
  /** `[height, width]` */
  readonly dy: Float32Array;
}

/**
 * Sobel's 3×3 gradients; beyond its border a picture goes on as its outermost pixels are.
 * @param luma `[height, width]`, not modified
 */
export function sobel(luma: Float32Array, { width, height }: GridSize): Gradients {
  const [dx, dy] = [new Float32Array(luma.length), new Float32Array(luma.length)];
  for (let y = 0, i = 0; y < height; y++) {
    const above = y > 0 ? -width : 0;
    const below = y < height - 1 ? width : 0;
    for (let x = 0; x < width; x++, i++) {
      const left = x > 0 ? i - 1 : i;
      const right = x < width - 1 ? i + 1 : i;
      const [topLeft, topRight] = [luma[left + above]!, luma[right + above]!];
      const [bottomLeft, bottomRight] = [luma[left + below]!, luma[right + below]!];
      dx[i] = topRight + 2 * luma[right]! + bottomRight - topLeft - 2 * luma[left]! - bottomLeft;
      dy[i] = bottomLeft + 2 * luma[i + below]! + bottomRight - topLeft - 2 * luma[i + above]! - topRight;
    }
  }
  return { dx, dy };
}

/** Finds the edges of one picture at any thresholds: the ridges are found once. */
export class Canny {
  readonly #size: GridSize;
  /** |dx| + |dy|. */
  readonly #magnitude: Float32Array;
  /** 1 where that is the largest across the edge. */
  readonly #ridge: Uint8Array;

  /** @param luma `[height, width]`, whole numbers from 0 to 255; not modified, not kept */
  constructor(luma: Float32Array, size: GridSize) {
    this.#size = size;
    const gradients = sobel(luma, size);
    const { dx, dy } = gradients;
    this.#magnitude = dx.map((value, i) => Math.abs(value) + Math.abs(dy[i]!));
    this.#ridge = ridges(this.#magnitude, gradients, size);
  }

  /**
   * The edges at two thresholds of |dx| + |dy|. In whichever order they come, the lower one is that of weak edges, as in
   * OpenCV; it may be below 0.
   * @returns `[height, width]`, 1 at edges
   */
  edges(one: number, other: number): Uint8Array {
    // OpenCV rounds both down.
    const [low, high] = [Math.floor(Math.min(one, other)), Math.floor(Math.max(one, other))];
    const { width, height } = this.#size;
    const [magnitude, ridge] = [this.#magnitude, this.#ridge];
    const found = new Uint8Array(ridge.length);
    const open: number[] = [];
    const take = (i: number): void => {
      if (found[i] === 1 || ridge[i] === 0 || !(magnitude[i]! > low)) return;
      found[i] = 1;
      open.push(i);
    };
    for (let i = 0; i < ridge.length; i++) if (magnitude[i]! > high) take(i);
    for (let i = open.pop(); i !== undefined; i = open.pop()) {
      const x = i % width;
      const [from, to] = [x > 0 ? -1 : 0, x < width - 1 ? 1 : 0];
      for (let across = from; across <= to; across++) {
        if (i >= width) take(i - width + across);
        take(i + across);
        if (i < width * (height - 1)) take(i + width + across);
      }
    }
    return found;
  }
}

/** 1 where the magnitude is the largest of three across the edge; outside the picture it is 0. Ties as OpenCV breaks them. */
function ridges(magnitude: Float32Array, { dx, dy }: Gradients, { width, height }: GridSize): Uint8Array {
  const ridge = new Uint8Array(magnitude.length);
  const at = (x: number, y: number): number =>
    x < 0 || y < 0 || x >= width || y >= height ? 0 : magnitude[y * width + x]!;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const here = magnitude[i]!;
      const across = Math.abs(dx[i]!) * tan22;
      const down = Math.abs(dy[i]!) * shift;
      let peak: boolean;
      if (down < across) peak = here > at(x - 1, y) && here >= at(x + 1, y);
      else if (down > across + 2 * shift * Math.abs(dx[i]!)) {
        peak = here > at(x, y - 1) && here >= at(x, y + 1);
      } else {
        // As whole numbers with a sign bit: 0 counts as positive.
        const side = dx[i]! < 0 !== dy[i]! < 0 ? -1 : 1;
        peak = here > at(x - side, y - 1) && here > at(x + side, y + 1);
      }
      if (peak) ridge[i] = 1;
    }
  }
  return ridge;
}

/**
 * Otsu's threshold (Otsu, 1979): the brightness that parts a picture into two classes with the largest variance between them.
 * @param luma whole numbers from 0 to 255
 * @returns the last brightness of the darker class; of several as good, the first
 */
export function otsu(luma: Float32Array): number {
  const histogram = new Float64Array(256);
  for (let i = 0; i < luma.length; i++) histogram[luma[i]!]!++;
  let [sum, darker, darkerSum, best, most] = [0, 0, 0, 0, 0];
  histogram.forEach((count, value) => (sum += count * value));
  for (let value = 0; value < 256; value++) {
    darker += histogram[value]!;
    darkerSum += value * histogram[value]!;
    const brighter = luma.length - darker;
    if (darker === 0 || brighter === 0) continue;
    const between = darker * brighter * (darkerSum / darker - (sum - darkerSum) / brighter) ** 2;
    if (between > most) [most, best] = [between, value];
  }
  return best;
}
