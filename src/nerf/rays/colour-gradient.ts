// The frequency operator of rays: differences between neighbouring pixels, rendered against photographed. Neighbours must be
// rendered together, so it works on patches of 2×2 rays. EVOS's frequency fitness (CVPR 2025, Sec. 3.3) is a squared
// difference of responses; this response is linear, so that is the square of the response to the difference.

/**
 * Frequency fitness of 2×2 patches: the mean square error of the two differences across and the two down.
 *
 * @param rendered `[n, 3]`, its first 4·`patches` rows the patches, each row by row: top left, top right, bottom left,
 *   bottom right
 * @param photographed `[n, 3]`, likewise
 * @param patches how many
 * @param out `[patches]`, written; mean over four differences and three channels
 * @returns the sum of what it wrote: finite only if all of it is
 * @throws never
 * @example
 * // One patch of 2×2 rays.
 * const out = new Float32Array(1);
 * const mean = colourGradientErrors(new Float32Array(12), new Float32Array(12).fill(0.5), 1, out);
 */
export function colourGradientErrors(
  rendered: Float32Array,
  photographed: Float32Array,
  patches: number,
  out: Float32Array,
): number {
  let total = 0;
  for (let p = 0, at = 0; p < patches; p++, at += 12) {
    let sum = 0;
    for (let c = at; c < at + 3; c++) {
      const a = (rendered[c] as number) - (photographed[c] as number);
      const b = (rendered[c + 3] as number) - (photographed[c + 3] as number);
      const d = (rendered[c + 6] as number) - (photographed[c + 6] as number);
      const e = (rendered[c + 9] as number) - (photographed[c + 9] as number);
      sum += (b - a) * (b - a) + (e - d) * (e - d) + (d - a) * (d - a) + (e - b) * (e - b);
    }
    const fitness = Math.fround(sum / 12);
    out[p] = fitness;
    total += fitness;
  }
  return total;
}
