// The loops that go over a whole pool to rank it. They work on blocks copied into arrays of fixed length that belong
// to this file: an engine that knows lengths and addresses leaves checks out, which halves the time. Where WebAssembly
// is to be had, the three that compare run there.
//
// Which of two numbers is larger no branch predictor can guess, so no loop branches on it: an item is written where
// the next one kept goes, and the comparison, 0 or 1, is added to that place.
import { createSimdBlock } from './block-simd.js';

/** The bits of +∞, the largest of all numbers without a sign. */
export const infinity = 0x7f800000;

/** The signed key of a float by its bits: unsigned integers in the floats' order, the same for −0 and +0. */
export function signedKey(bits: number): number {
  const sign = bits >> 31;
  return ((((bits & 0x7fffffff) ^ sign) - sign) ^ 0x80000000) >>> 0;
}

/** Items in a block: one, and what is made of it, stay in a core's first cache. */
export const blockSize = 4096;

/**
 * Makes a block with its loops.
 * @param simd whether to use WebAssembly where it is to be had
 */
export function createBlock(simd: boolean) {
  // Constants of a function, which engines look into; a module's own become variables in bundles.
  const size = 4096;
  const top = 0x7f800000;
  const fast = simd ? createSimdBlock(size) : undefined;
  const keys = fast?.keys ?? new Uint32Array(size);
  const listed = fast?.listed ?? new Uint32Array(size);
  const near = fast?.near ?? new Uint32Array(size);
  const marks = new Uint8Array(size);
  const others = new Uint32Array(size);
  const found = { above: 0, beyond: false };

  /** Lists indices, from `base` up, of the keys from `low` up. Says how many. */
  function list(base: number, low: number): number {
    let count = 0;
    for (let i = 0; i < size; i++) {
      listed[count] = base + i;
      count += +((keys[i] as number) >= low);
    }
    return count;
  }

  /** Puts the keys from `low` to `high` in `near`, and says how many; finds `above` and `beyond`. */
  function split(low: number, high: number): number {
    let count = 0;
    let above = 0;
    let beyond = 0;
    for (let i = 0; i < size; i++) {
      const key = keys[i] as number;
      const over = +(key > high);
      beyond |= key | (top - key);
      near[count] = key;
      count += +(key >= low) & (over ^ 1);
      above += over;
    }
    found.above = above;
    found.beyond = beyond < 0;
    return count;
  }

  /** Turns bits into signed keys. Not 0 if one is of a NaN. */
  function sign(): number {
    let nan = 0;
    for (let i = 0; i < size; i++) {
      const bits = (keys[i] as number) | 0;
      const magnitude = bits & 0x7fffffff;
      const signs = bits >> 31;
      // Negative for a NaN, whose bits are those beyond infinity.
      nan |= top - magnitude;
      keys[i] = ((magnitude ^ signs) - signs) ^ 0x80000000;
    }
    return nan >>> 31;
  }

  return {
    /** Whether WebAssembly does it. */
    simd: fast !== undefined,
    keys,
    /** What `list` and `part` list. */
    listed,
    /** What `part` lists besides. */
    others,
    /** What `split` keeps. */
    near,
    /** For `part`: 0 for what it lists. */
    marks,
    /**
     * What `split` finds besides its count: how many keys are above the bracket, whether one is beyond infinity and so
     * not the bits of a number without a sign.
     */
    found,

    /** Takes the bits from `start` on as keys, and says how many; what is missing at the end becomes 0. */
    load(bits: Uint32Array, start: number): number {
      const length = Math.min(size, bits.length - start);
      keys.set(bits.subarray(start, start + length));
      keys.fill(0, length);
      return length;
    },

    list: fast === undefined ? list : (base: number, low: number) => fast.list(base, low),

    split:
      fast === undefined
        ? split
        : (low: number, high: number) => {
            const count = fast.split(low, high);
            found.above = fast.found[0] as number;
            found.beyond = fast.found[1] !== 0;
            return count;
          },

    /** Turns bits into signed keys, of which `length` are real. False when one is of a NaN. */
    sign(length: number): boolean {
      const nan = fast === undefined ? sign() : fast.sign();
      keys.fill(0, length);
      return nan === 0;
    },

    /** Lists indices by falling index: in `listed` those marked 0, which it counts, the others in `others`. */
    part(base: number): number {
      let count = 0;
      let rest = 0;
      for (let i = size - 1; i >= 0; i--) {
        const index = base + i;
        const mark = +(marks[i] === 0);
        listed[count] = index;
        others[rest] = index;
        count += mark;
        rest += mark ^ 1;
      }
      return count;
    },
  };
}

/** A block and its loops. */
export type Block = ReturnType<typeof createBlock>;

/** The block that everything shares: one call is done with it before the next begins. */
export const block = createBlock(true);
