// Memory that all threads share, where there is any: a page that is not isolated from others has none, and no threads for it.

/** Room for so many bytes, all 0. */
export const sharedBytes = (count: number): ArrayBufferLike =>
  typeof SharedArrayBuffer === 'undefined' ? new ArrayBuffer(count) : new SharedArrayBuffer(count);

/** Numbers, all 0. */
export const sharedFloats = (count: number): Float32Array => new Float32Array(sharedBytes(4 * count));
