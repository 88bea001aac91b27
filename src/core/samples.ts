// Some of a pool's samples, and all of them without a list.
import type { Samples } from './contracts.js';

/**
 * Samples by their positions in the pool.
 * @param indices kept, not copied
 */
export function someOf(indices: Uint32Array): Samples {
  return { indices, whole: false, size: indices.length };
}

/** All of a pool's samples, in the pool's order. Their positions are listed when they are first read. */
export function allOf(size: number): Samples {
  let listed: Uint32Array | undefined;
  return {
    whole: true,
    size,
    get indices() {
      return (listed ??= Uint32Array.from({ length: size }, (_, i) => i));
    },
  };
}
