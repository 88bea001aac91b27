// The shared memory that the hash grid's kernel works in beside the parameters: a call's points and values, and what
// the levels are. Apart from the kernel's own file, which loads ONNX Runtime: only worker threads do.
import type { GridLayout } from '../../models/index.js';

/** Most samples per call of the kernel: many, so that a level's table is brought into the cache for many of them. */
export const chunk = 32_768;
/** Bytes of a level's description and of a point, see the kernel. */
export const levelBytes = 32;
const pointBytes = 16;

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** Where the scratch memory's parts begin, and how large it is. */
export function scratchOf({ dims, levels, features }: GridLayout) {
  const points = align(levels.length * levelBytes);
  const values = points + chunk * pointBytes;
  const stride = levels.length * features * 4;
  // Samples come in here too, packed, and are read a vector at a time, which reaches beyond the last one.
  const bytes = align(chunk * Math.max(stride, dims * 4) + pointBytes);
  return { points, values, stride, bytes: values + bytes };
}

/** Bytes of shared memory that one worker's kernel needs beside the parameters. */
export function gridScratch(layout: GridLayout): number {
  return scratchOf(layout).bytes;
}
