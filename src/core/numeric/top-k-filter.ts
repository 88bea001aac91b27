// The k largest of n floats, exactly, in two passes: a small sample says between which two numbers the k-th largest
// very probably lies; one pass counts what is above them and keeps what is between, which gives the k-th largest; and
// one lists what is not below it. Where the sample misleads, everything counts as between: the answer is the same.
//
// Floats are compared as unsigned integers, their keys. The bits of numbers without a sign are keys as they are; only
// where a sign turns up are all bits turned into signed keys on the way.
import { block, blockSize, infinity, signedKey, type Block } from './blocks.js';
import { grown } from './growable-array.js';
import { KthLargest } from './kth-largest.js';

/** Below so many numbers a sample costs more than it saves. */
const sampledFrom = 16_384;
const sampleSize = 4096;
/** Standard deviations between the k-th largest's likely place in the sample and either end of the bracket. */
const margin = 4;
const highest = 0xffffffff;

/** Picks the k largest numbers. Its memory grows with what lies close to the cut, to 4 bytes a number at most. */
export class Sieve {
  readonly #block: Block;
  readonly #kth = new KthLargest();
  readonly #sample = new Uint32Array(sampleSize);
  #signed = false;
  /** The bracket, how many numbers are above it, and the keys of those in it. */
  #low = 0;
  #high = 0;
  #above = 0;
  #between = 0;
  #near = new Uint32Array(0);

  /** @param loops other than those that everything shares */
  constructor(loops: Block = block) {
    this.#block = loops;
  }

  /**
   * Lists the k largest values by ascending index; among equals the lowest index wins.
   * @param values `[n]`, not modified
   * @param k from 0 to n
   * @param out at least `[k]`, written
   * @returns false, with nothing written, when a value is NaN
   */
  select(values: Float32Array, k: number, out: Uint32Array): boolean {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    this.#signed = false;
    for (let sampled = bits.length >= sampledFrom; ;) {
      this.#bracket(bits, k, sampled);
      if (this.#split(bits)) {
        if (k === 0) return true;
        if (this.#above < k && k <= this.#above + this.#between) break;
        sampled = false;
      } else {
        if (this.#signed) return false;
        this.#signed = true;
      }
    }
    this.#kth.find(this.#near, this.#between, k - this.#above, this.#low, this.#high);
    this.#list(bits, out);
    return true;
  }

  #bracket(bits: Uint32Array, k: number, sampled: boolean): void {
    this.#low = 0;
    this.#high = highest;
    if (!sampled) return;
    this.#read(bits);
    const place = (k / bits.length) * sampleSize;
    const spread = 1 + margin * Math.sqrt(place * (1 - place / sampleSize));
    const above = Math.floor(place - spread);
    const below = Math.ceil(place + spread);
    if (above >= 1) this.#high = this.#ofSample(above);
    if (below <= sampleSize) this.#low = this.#ofSample(below);
  }

  /** Samples one number from every stretch of equal length, at a place in it that follows no period. */
  #read(bits: Uint32Array): void {
    const sample = this.#sample;
    const stretch = bits.length / sampleSize;
    let state = 1;
    let largest = 0;
    for (let i = 0; i < sampleSize; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const key = bits[Math.floor((i + state * 2 ** -32) * stretch)] as number;
      sample[i] = key;
      largest = Math.max(largest, key);
    }
    if (largest > infinity) this.#signed = true;
    if (this.#signed) for (let i = 0; i < sampleSize; i++) sample[i] = signedKey(sample[i] as number);
  }

  #ofSample(k: number): number {
    this.#kth.find(this.#sample, sampleSize, k, 0, highest);
    return this.#kth.key;
  }

  /** Counts what is above the bracket and keeps what is in it. False when a key turns up that is of no number. */
  #split(bits: Uint32Array): boolean {
    const n = bits.length;
    const { near, found } = this.#block;
    this.#above = 0;
    this.#between = 0;
    for (let start = 0; start < n; start += blockSize) {
      const length = this.#block.load(bits, start);
      if (this.#signed && !this.#block.sign(length)) return false;
      // Without a lower end all are kept, and what is missing from the block comes last.
      const count = Math.min(length, this.#block.split(this.#low, this.#high));
      if (!this.#signed && found.beyond) return false;
      this.#near = grown(this.#near, this.#between + count, n);
      this.#near.set(near.subarray(0, count), this.#between);
      this.#between += count;
      this.#above += found.above;
    }
    return true;
  }

  /** Lists all above the k-th largest and, of those equal to it, the first. */
  #list(bits: Uint32Array, out: Uint32Array): void {
    const n = bits.length;
    const { key, ties, equal } = this.#kth;
    // Up to here equals are taken: to the end, unless there are more of them than places.
    const until = ties === equal ? n : this.#endOfTies(bits);
    const { listed } = this.#block;
    let count = 0;
    for (let start = 0; start < n;) {
      const end = Math.min(start < until ? until : n, start + blockSize);
      const low = start < until ? key : key + 1;
      const length = this.#block.load(end < n ? bits.subarray(0, end) : bits, start);
      if (this.#signed) this.#block.sign(length);
      const more = Math.min(length, this.#block.list(start, low));
      out.set(listed.subarray(0, more), count);
      count += more;
      start = end;
    }
  }

  /** The place after the last of those equal to the k-th largest that are taken. */
  #endOfTies(bits: Uint32Array): number {
    const { key, ties } = this.#kth;
    let left = ties;
    let i = 0;
    for (; left > 0; i++) {
      const other = bits[i] as number;
      if ((this.#signed ? signedKey(other) : other) === key) left--;
    }
    return i;
  }
}
