// What modalities over a fixed pool of samples have in common.

/**
 * Samples that a step has at least with these strategies, unless a batch size is named. A few per cent of a small picture
 * are too few for the learning rate: training would not get off the ground.
 */
const fewest = 512;
const small: readonly string[] = ['evos-online', 'uniform', 'error-map'];

/** Where training ends by the setting `targetPsnr`. */
export const psnrTarget = (value: number | undefined) =>
  value === undefined ? undefined : { name: 'psnr', value };

/**
 * The ratio of a run, raised where a step would have too few samples.
 * @param own the selector is the caller's own, whatever strategy is named
 */
export function enough(
  { strategy, ratio, batch }: { readonly strategy: string; readonly ratio: number; readonly batch: number },
  size: number,
  own = false,
): { readonly ratio?: number } {
  if (batch > 0 || !(own || small.includes(strategy))) return {};
  // Rounded down by whoever counts: half a sample keeps that from taking one away.
  return { ratio: Math.max(ratio, Math.min(1, (fewest + 0.5) / size)) };
}
