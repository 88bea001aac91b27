// The sine and cosine kernel against the language's own, and the memory it shares with ONNX Runtime: nothing but its
// own arrays is touched, whatever ran there before.
import { existsSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import type * as kernels from '../../../../src/engine/onnx/kernels/load.js';
import type * as sineKernel from '../../../../src/engine/onnx/kernels/sine.js';
import type { SineCut, StagedModel } from '../../../../src/engine/onnx/staged-model.js';
import { seeded } from '../../graph/support.js';

/** A module as it was built: the kernels lie beside those alone. */
async function built(name: string): Promise<unknown> {
  const folder = new URL('../../../../dist/engine/onnx/kernels/', import.meta.url);
  if (!existsSync(new URL('sine.wasm', folder)))
    throw new Error('the kernels are not built: run `npm run build` first');
  return import(new URL(`${name}.js`, folder).href);
}
const { createMemory, growTo, loadKernel } = (await built('load')) as typeof kernels;
const { SineKernel } = (await built('sine')) as typeof sineKernel;

const SEED = 97;
/** What kernels/sine.ts promises. */
const tolerance = 3e-7;

const memory = createMemory();
const kernel = loadKernel('sine', memory);

/** Both functions of every argument, in a memory of four equal arrays: argument, sine, cosine, bias. */
function both(unit: 'radians' | 'half turns', values: Float32Array, alone = false) {
  const bytes = Math.ceil(values.length / 4) * 16;
  growTo(memory, 4 * bytes);
  const at = (index: number): Float32Array => new Float32Array(memory.buffer, index * bytes, values.length);
  at(0).set(values);
  at(3).fill(0);
  const [sine, cosine, bias] = [bytes, 2 * bytes, 3 * bytes];
  if (unit === 'radians') {
    if (alone) kernel.sineRadians(0, sine, bytes);
    else kernel.sineCosineRadians(0, sine, cosine, bytes);
  } else if (alone) kernel.sine(0, bias, bytes, sine, bytes);
  else kernel.sineCosine(0, bias, bytes, sine, cosine, bytes);
  return { sine: at(1).slice(), cosine: at(2).slice() };
}

/** Arguments up to a size, dense near zero and near every multiple of a step, where reduction is hardest. */
function argumentsUpTo(size: number, step: number): Float32Array {
  const random = seeded(SEED);
  const anywhere = Array.from({ length: 40_000 }, () => size * (2 * random.float() - 1));
  const small = Array.from({ length: 4_000 }, () => 10 ** (-8 * random.float()) * (random.float() - 0.5));
  const multiples = Array.from({ length: 16_000 }, () => {
    const near = step * Math.round((size / step) * (2 * random.float() - 1));
    return near + 1e-4 * (random.float() - 0.5) * (random.float() < 0.5 ? 1 : 0);
  });
  return Float32Array.from([...anywhere, ...small, ...multiples]);
}

function largestError(got: Float32Array, arguments_: Float32Array, wanted: (x: number) => number): number {
  let largest = 0;
  for (const [i, x] of arguments_.entries()) {
    const error = Math.abs((got[i] ?? Number.NaN) - wanted(x));
    if (!(error <= largest)) largest = error;
  }
  return largest;
}

/** sin πt and cos πt without the rounding of πt: t is reduced first, which is exact. */
const sinePi = (t: number): number => {
  const k = Math.round(t);
  return (k % 2 === 0 ? 1 : -1) * Math.sin(Math.PI * (t - k));
};
const cosinePi = (t: number): number => {
  const k = Math.round(t);
  return (k % 2 === 0 ? 1 : -1) * Math.cos(Math.PI * (t - k));
};

/** How many numbers differ in any bit. */
function differing(got: Float32Array, wanted: Float32Array): number {
  const [a, b] = [got, wanted].map((values) => new Int32Array(values.slice().buffer));
  return wanted.reduce((count, _, i) => count + (a?.[i] === b?.[i] ? 0 : 1), 0);
}

describe(`the kernel (seed ${SEED})`, () => {
  it.each([1, 30, 1e3, 1e4])('is exact to 3e-7 for radians up to %d', (size) => {
    const values = argumentsUpTo(size, Math.PI / 2);
    const { sine, cosine } = both('radians', values);
    expect(largestError(sine, values, Math.sin)).toBeLessThan(tolerance);
    expect(largestError(cosine, values, Math.cos)).toBeLessThan(tolerance);
  });

  it.each([1, 30, 1e3, 1e4])('is exact to 3e-7 for half turns up to %d', (size) => {
    const values = argumentsUpTo(size, 1 / 2);
    const { sine, cosine } = both('half turns', values);
    expect(largestError(sine, values, sinePi)).toBeLessThan(tolerance);
    expect(largestError(cosine, values, cosinePi)).toBeLessThan(tolerance);
  });

  it('gives zero for zero, and for whole half turns', () => {
    expect(both('radians', Float32Array.of(0, -0)).sine.every((y) => y === 0)).toBe(true);
    const whole = Float32Array.from({ length: 41 }, (_, i) => i - 20);
    expect(both('half turns', whole).sine.every((y) => y === 0)).toBe(true);
  });

  it('has the signs of every quarter turn', () => {
    const quarters = Float32Array.from({ length: 33 }, (_, i) => (i - 16) / 2);
    const { sine, cosine } = both('half turns', quarters);
    quarters.forEach((t, i) => {
      const turn = (((2 * t) % 4) + 4) % 4;
      const label = `at ${t} half turns`;
      expect(Math.round(sine[i] ?? Number.NaN) + 0, `sine ${label}`).toBe([0, 1, 0, -1][turn]);
      expect(Math.round(cosine[i] ?? Number.NaN) + 0, `cosine ${label}`).toBe([1, 0, -1, 0][turn]);
    });
  });

  it.each(['radians', 'half turns'] as const)('gives the same bits for the sine alone: %s', (unit) => {
    const values = argumentsUpTo(100, 1 / 2);
    expect(differing(both(unit, values, true).sine, both(unit, values).sine)).toBe(0);
  });

  it.each(['radians', 'half turns'] as const)('gives NaN for what has no sine: %s', (unit) => {
    const { sine, cosine } = both(unit, Float32Array.of(Number.NaN, Infinity, -Infinity, 1));
    expect([...sine].map(Number.isNaN)).toEqual([true, true, true, false]);
    expect([...cosine].map(Number.isNaN)).toEqual([true, true, true, false]);
  });

  it('may write the sine over its argument', () => {
    const values = argumentsUpTo(10, 1 / 2);
    const apart = both('half turns', values);
    const bytes = values.length * 4;
    new Float32Array(memory.buffer, 0, values.length).set(values);
    kernel.sineCosine(0, 3 * bytes, bytes, 0, 2 * bytes, bytes);
    expect(differing(new Float32Array(memory.buffer, 0, values.length), apart.sine)).toBe(0);
    expect(differing(new Float32Array(memory.buffer, 2 * bytes, values.length), apart.cosine)).toBe(0);
  });
});

/** A cut of [n, width]; `n` is the size of the input "x". */
function cut(name: string, width: number, more: Partial<SineCut> = {}): SineCut {
  return { argument: `a ${name}`, sine: `s ${name}`, shape: [{ input: 'x', axis: 0 }, width], ...more };
}

/** The kernel looks at the cuts alone. */
const staged = (...cuts: SineCut[][]): StagedModel =>
  [...cuts, []].map((here) => ({ model: new Uint8Array(), cuts: here }));

const vector = (data: ArrayLike<number>): ort.Tensor =>
  new ort.Tensor('float32', Float32Array.from(data), [data.length]);
const feedsFor = (n: number, bias: readonly number[] = []): Record<string, ort.Tensor> => ({
  x: vector(new Float32Array(n)),
  b: vector(bias),
});

type Layout = sineKernel.StageTensors;

function numbersOf(layout: Layout, name: string): Float32Array {
  const tensor = layout.feeds[name] ?? layout.fetches.find((fetches) => name in fetches)?.[name];
  if (tensor === undefined) throw new Error(`no tensor "${name}"`);
  return tensor.data as Float32Array;
}

describe('the memory of a run', () => {
  it('adds the bias, times its scale, to every row, as it is when the kernel runs', () => {
    const sines = new SineKernel();
    const model = staged([cut('h', 8, { cosine: 'c h', product: { bias: 'b', scale: 0.75 } })]);
    const bias = Array.from({ length: 8 }, (_, i) => i / 3 - 1);
    const feeds = feedsFor(3);
    const layout = sines.layOut(model, feeds);
    for (const factor of [1, -2]) {
      feeds['b'] = vector(bias.map((b) => factor * b));
      const values = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i) * 5);
      numbersOf(layout, 'a h').set(values);
      sines.run(layout.calls[0] ?? [], feeds);
      const biased = values.map((t, i) => t + Math.fround(0.75 * Math.fround(factor * (bias[i % 8] ?? 0))));
      expect(largestError(numbersOf(layout, 's h'), biased, sinePi)).toBeLessThan(tolerance);
      expect(largestError(numbersOf(layout, 'c h'), biased, cosinePi)).toBeLessThan(tolerance);
    }
  });

  it('adds nothing where there is no bias, whatever ran there in between', () => {
    const sines = new SineKernel();
    const model = staged([cut('h', 4, { product: { bias: undefined, scale: 1 } })]);
    const [large, small] = [feedsFor(64), feedsFor(2)];
    const between = sines.layOut(model, large);
    const layout = sines.layOut(model, small);
    const quarter = new Float32Array(8).fill(0.25);
    for (const round of [1, 2]) {
      numbersOf(layout, 'a h').set(quarter);
      sines.run(layout.calls[0] ?? [], small);
      expect(largestError(numbersOf(layout, 's h'), quarter, sinePi), `round ${round}`).toBeLessThan(
        tolerance,
      );
      numbersOf(between, 'a h').fill(0.5);
      sines.run(between.calls[0] ?? [], large);
    }
  });

  it.each([1, 2, 3, 5, 15, 17])('never reaches from an array of %d into the next', (n) => {
    const sines = new SineKernel();
    const model = staged(
      [cut('h', 1, { cosine: 'c h' }), cut('i', 1), cut('j', 4, { product: { bias: 'b', scale: 1 } })],
      [cut('k', 1, { cosine: 'c k' })],
    );
    const feeds = feedsFor(n, [0, 1, 2, 3]);
    const layout = sines.layOut(model, feeds);
    const names = ['s h', 'c h', 's i', 's j', 's k', 'c k'];
    const calls = layout.calls.flat();
    const owners = ['h', 'i', 'j', 'k'];
    expect(calls).toHaveLength(owners.length);
    calls.forEach((call, index) => {
      for (const name of names) numbersOf(layout, name).fill(7);
      sines.run([call], feeds);
      for (const name of names) {
        const touched = numbersOf(layout, name).some((y) => y !== 7);
        expect(touched, `${name} after the call for ${owners[index]}`).toBe(
          name.endsWith(owners[index] ?? ''),
        );
      }
    });
  });

  it('writes arguments where their sines will be, and nothing for cosines that nobody reads', () => {
    const layout = new SineKernel().layOut(
      staged([cut('h', 3)], [cut('i', 2, { cosine: 'c i' })]),
      feedsFor(5),
    );
    expect(layout.fetches.map(Object.keys)).toEqual([['a h'], ['a i'], []]);
    expect(Object.keys(layout.feeds).sort()).toEqual(['c i', 's h', 's i']);
    expect(layout.feeds['s i']).toBe(layout.fetches[1]?.['a i']);
    expect(layout.feeds['c i']?.dims).toEqual([5, 2]);
  });

  it('grows for larger runs, says so, and works for small and large ones after that', () => {
    const sines = new SineKernel();
    const model = staged([cut('h', 4, { cosine: 'c h', product: { bias: 'b', scale: 1 } }), cut('i', 3)]);
    const run = (n: number): Layout => {
      const feeds = feedsFor(n, [0, 0.5, 1, -0.5]);
      const layout = sines.layOut(model, feeds);
      const halfTurns = Float32Array.from({ length: 4 * n }, (_, i) => (i % 97) / 8);
      const radians = Float32Array.from({ length: 3 * n }, (_, i) => (i % 89) / 7);
      numbersOf(layout, 'a h').set(halfTurns);
      numbersOf(layout, 'a i').set(radians);
      sines.run(layout.calls[0] ?? [], feeds);
      const biased = halfTurns.map((t, i) => t + ([0, 0.5, 1, -0.5][i % 4] ?? 0));
      expect(largestError(numbersOf(layout, 's h'), biased, sinePi), `n = ${n}`).toBeLessThan(tolerance);
      expect(largestError(numbersOf(layout, 'c h'), biased, cosinePi), `n = ${n}`).toBeLessThan(tolerance);
      expect(largestError(numbersOf(layout, 's i'), radians, Math.sin), `n = ${n}`).toBeLessThan(tolerance);
      return layout;
    };
    const first = run(10);
    const before = sines.generation;
    run(12);
    expect(sines.generation, 'there was room').toBe(before);
    run(20_000);
    expect(sines.generation).toBe(before + 1);
    expect(numbersOf(first, 's h'), 'older layouts are of no use').toHaveLength(0);
    run(10);
    run(19_999);
    expect(sines.generation).toBe(before + 1);
  });
});
