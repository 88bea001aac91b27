// Memory that grows with what is asked of it: doubling, so that a run stops growing soon.

/** At least so long is what grows, so that small differences between steps need no new memory. */
const least = 1024;

/**
 * The array itself if it is long enough, otherwise a longer one that begins with its content.
 * @param length needed
 * @param most never needed
 */
export function grown(
  array: Uint32Array<ArrayBuffer>,
  length: number,
  most: number,
): Uint32Array<ArrayBuffer> {
  if (array.length >= length) return array;
  const longer = new Uint32Array(Math.min(most, Math.max(least, 2 * length)));
  longer.set(array);
  return longer;
}
