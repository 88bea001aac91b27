// The loops over blocks: those in WebAssembly find what the plain ones find, and what filtering an array finds.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { block, blockSize, createBlock, infinity, signedKey } from '../../../src/core/numeric/blocks.js';
import { createRandom } from '../../../src/core/numeric/random.js';

const seed = 2048;
const random = createRandom(seed);
const blocks = { WebAssembly: createBlock(true), 'plain JavaScript': createBlock(false) };

/** Bits of numbers of all kinds: any, those between 0 and 1, few different ones, and the odd ones. */
const odd = [
  0,
  1,
  0x007fffff,
  infinity - 1,
  infinity,
  infinity + 1,
  0x7fffffff,
  0x80000000,
  0xff800000,
  0xffffffff,
];
const kinds: Record<string, () => number> = {
  'any bits': () => random.below(2 ** 32 - 1),
  'bits of numbers from 0 to 1': () => 0x3f800000 - random.below(2 ** 27),
  'few different bits': () => 1000 + random.below(3),
  'odd bits': () => odd[random.below(odd.length)] ?? NaN,
};

afterEach(() => void vi.unstubAllGlobals());

it('WebAssembly is used where it is to be had', () => {
  expect([blocks.WebAssembly.simd, blocks['plain JavaScript'].simd, block.simd]).toEqual([true, false, true]);
});

it.each([
  ['there is none', undefined],
  [
    'an engine may not compile',
    {
      Module: class {
        constructor() {
          throw new Error('refused by the content security policy');
        }
      },
    },
  ],
])('plain JavaScript takes over where %s', (_, engine) => {
  vi.stubGlobal('WebAssembly', engine);
  const plain = createBlock(true);
  expect(plain.simd).toBe(false);
  plain.load(Uint32Array.of(7, 9), 0);
  expect([plain.list(100, 8), plain.listed[0]]).toEqual([1, 101]);
});

describe.each(Object.entries(blocks))('in %s', (_, loops) => {
  const cases = Object.keys(kinds).flatMap((kind) => [blockSize, 1001].map((length) => ({ kind, length })));

  it.each(cases)(`lists and splits $length of $kind (seed ${seed})`, ({ kind, length }) => {
    for (let round = 0; round < 20; round++) {
      const bits = Uint32Array.from({ length: length + 3 }, () => kinds[kind]?.() ?? NaN);
      const keys = [...bits].slice(3);
      const [low = 0, high = 0] = [keys[0] ?? 0, keys[1] ?? 0].sort((a, b) => a - b);
      expect(loops.load(bits, 3)).toBe(length);
      // What is missing is 0, and so only listed where everything is.
      const missing = low === 0 ? blockSize - length : 0;
      const count = loops.list(50, low);
      expect(count).toBe(keys.filter((key) => key >= low).length + missing);
      expect([...loops.listed.subarray(0, count - missing)]).toEqual(
        keys.flatMap((key, i) => (key >= low ? [50 + i] : [])),
      );
      const kept = loops.split(low, high);
      const between = keys.filter((key) => key >= low && key <= high);
      expect(kept).toBe(between.length + missing);
      expect([...loops.near.subarray(0, between.length)]).toEqual(between);
      expect(loops.found.above).toBe(keys.filter((key) => key > high).length);
      expect(loops.found.beyond).toBe(keys.some((key) => key > infinity));
    }
  });

  it.each(cases)(
    `makes signed keys of $length of $kind, and finds NaN (seed ${seed})`,
    ({ kind, length }) => {
      for (let round = 0; round < 20; round++) {
        const bits = Uint32Array.from({ length }, () => kinds[kind]?.() ?? NaN);
        const floats = new Float32Array(bits.buffer);
        loops.load(bits, 0);
        expect(loops.sign(length)).toBe(!floats.some(Number.isNaN));
        expect([...loops.keys]).toEqual(
          Array.from({ length: blockSize }, (_, i) => (i < length ? signedKey(bits[i] ?? NaN) : 0)),
        );
      }
    },
  );

  it(`parts indices by marks, falling (seed ${seed})`, () => {
    for (let i = 0; i < blockSize; i++) loops.marks[i] = random.below(4);
    const falling = Array.from({ length: blockSize }, (_, i) => blockSize - 1 - i);
    const count = loops.part(9);
    const zero = (i: number): boolean => loops.marks[i] === 0;
    expect([...loops.listed.subarray(0, count)]).toEqual(falling.filter(zero).map((i) => i + 9));
    expect([...loops.others.subarray(0, blockSize - count)]).toEqual(
      falling.filter((i) => !zero(i)).map((i) => i + 9),
    );
  });
});
