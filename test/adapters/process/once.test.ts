// One selection out of files: what is chosen, and what is wrong with files.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { makeNpy, makeZip, type ZipForm } from '../../../fixtures/npy.js';
import { readArrayFile } from '../../../src/adapters/process/array-files.js';
import { chooseOnce, type Chosen } from '../../../src/adapters/process/once.js';
import { strategies } from '../../../src/core/index.js';
import { runPython, skipWithoutPython } from '../../support/python.js';

const folder = mkdtempSync(path.join(tmpdir(), 'evos-once-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, bytes: Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

const size = 400;
/** Every fourth sample is far off. */
const errors = Array.from({ length: size }, (_, i) => (i % 4 === 0 ? 1 : 1e-4));
const luma = errors.map((_, i) => (i % 20 < 10 ? 0 : 255));
const npy = (values: readonly number[], type = '<f4') => makeNpy(type, [values.length], values);
const all = {
  'errors.npy': npy(errors),
  'absolute.npy': npy(errors.map(Math.sqrt)),
  'tangents.npy': npy(errors),
  'luma.npy': npy(luma, '|u1'),
  'excluded.npy': npy(
    errors.map((_, i) => (i === 4 ? 1 : 0)),
    '|b1',
  ),
};

async function choose(file: string, request: Record<string, unknown>): Promise<Chosen> {
  return chooseOnce({ arrays: await readArrayFile(file, 'errors'), file, request });
}

describe('one selection', () => {
  it.each(['evos', 'evos-online'])('by %s takes what is far off before anything else', async (strategy) => {
    const file = put('errors.npy', npy(errors));
    const { indices, size: of } = await choose(file, { strategy, count: 50, steps: 100, seed: 1 });
    expect([of, indices.length, new Set(indices).size]).toEqual([size, 50, 50]);
    const share = [...indices].filter((index) => index % 4 === 0).length / 50;
    expect(share).toBeGreaterThan(0.45);
  });

  it.each(strategies().map(({ name }) => name))('by %s is made, or refused by name', async (strategy) => {
    const file = put('all.npz', makeZip(all));
    const request = {
      strategy,
      count: 40,
      seed: 1,
      steps: 1000,
      shape: [20, 20],
      views: [[20, 20]],
      tile: 5,
    };
    const outcome = await choose(file, request).then(
      ({ indices }) => indices.length,
      (error: Error) => error.message,
    );
    if (typeof outcome === 'number') expect(outcome).toBe(strategy === 'full' ? 40 : outcome);
    else expect(outcome).toContain('not supported');
  });

  it('never has what is excluded', async () => {
    const file = put('mask.npz', makeZip({ 'errors.npy': npy(errors), 'excluded.npy': all['excluded.npy'] }));
    const { indices } = await choose(file, { strategy: 'uniform', settings: { ratio: 1 } });
    expect(indices).not.toContain(4);
    expect(indices).toHaveLength(size - 1);
  });

  it('has weights where the strategy weighs', async () => {
    const file = put('errors.npy', npy(errors));
    const request = { strategy: 'evos-online', count: 50, tile: 10, settings: { correction: 1 } };
    const { weights, indices } = await choose(file, request);
    expect(weights).toHaveLength(indices.length);
  });

  it.each<[string, Uint8Array, Record<string, unknown>, string]>([
    ['a.npy', npy([1, -1]), {}, 'a.npy: errors[1] is -1; expected finite numbers of at least 0'],
    ['a.npy', npy([1, NaN]), {}, 'errors[1] is NaN'],
    ['a.npy', npy([]), {}, 'the array errors has the shape (0); expected at least one number'],
    [
      'a.npz',
      makeZip({ 'e.npy': npy([1]) }),
      {},
      "it holds an array 'e'; expected errors, absolute, tangents",
    ],
    [
      'a.npz',
      makeZip({ 'errors.npy': npy([1]), 'luma.npy': npy([1, 2]) }),
      {},
      'the array luma has the shape (2); expected 1 numbers, one per sample',
    ],
    [
      'a.npz',
      makeZip({ 'luma.npy': npy([1]) }),
      {},
      'the strategy wants errors of each sample, which is not there',
    ],
    ['a.npy', npy([1, 1]), { strategy: 'int', steps: 9 }, 'the strategy wants absolute of each sample'],
    ['a.npy', npy([1, 1]), { settings: { ratio: 7 } }, 'ratio must be a number in (0, 1], got 7'],
  ])('of %s is refused: %#', async (name, bytes, request, message) => {
    await expect(choose(put(name, bytes), { strategy: 'evos-online', ...request })).rejects.toThrow(message);
  });
});

describe('a .npz', () => {
  const arrays = (form: ZipForm) => readArrayFile(put('b.npz', makeZip(all, form)), 'errors');

  it.each<[string, ZipForm]>([
    ['stored', {}],
    ['deflated', { deflateRawSync }],
  ])('%s gives all its arrays', async (_, form) => {
    const found = await arrays(form);
    expect([...found.keys()]).toEqual(['errors', 'absolute', 'tangents', 'luma', 'excluded']);
    expect([...(found.get('luma')?.values(new Float32Array(size)) ?? [])]).toEqual(luma);
  });

  it.each<[string, ZipForm, string]>([
    ['a checksum that is wrong', { offBy: 1 }, 'errors.npy does not fit its checksum; the file is damaged'],
    ['another method', { method: 12 }, 'errors.npy is compressed by method 12, which is not supported'],
    ['a password', { encrypted: true }, 'errors.npy is encrypted, which is not supported'],
  ])('with %s is refused', async (_, form, message) => {
    await expect(arrays(form)).rejects.toThrow(message);
  });

  it.each<[string, string, Uint8Array | undefined, string]>([
    ['no zip', 'c.npz', Buffer.from('hello'), 'it cannot be read as the zip that a .npz is'],
    ['cut short', 'c.npz', makeZip(all).subarray(0, -30), 'it cannot be read as the zip'],
    ['empty', 'c.npz', makeZip({}), 'there is no array in it'],
    ['of other files', 'c.npz', makeZip({ 'notes.txt': Buffer.from('x') }), 'there is no array in it'],
    [
      'an array twice',
      'c.npz',
      Buffer.from(makeZip({ 'a.npy': npy([1]), 'b.npy': npy([1]) })),
      'it holds a twice',
    ],
    ['of bytes', 'c.npz', new Uint8Array(0), 'the file is empty (0 bytes)'],
    ['of no array', 'c.npz', makeZip({ 'a.npy': Buffer.from('x') }), 'c.npz: a: not a .npy file'],
    ['named otherwise', 'c.csv', Buffer.from('1'), 'its name ends in .csv; expected a .npy, or a .npz'],
    ['missing', 'missing.npy', undefined, 'no such file'],
  ])('that is %s is refused', async (what, name, bytes, message) => {
    const named =
      what === 'an array twice' ? Buffer.from(bytes!.map((byte) => (byte === 98 ? 97 : byte))) : bytes;
    const file = named === undefined ? path.join(folder, name) : put(name, named);
    await expect(readArrayFile(file, 'errors')).rejects.toThrow(message);
  });

  it.skipIf(skipWithoutPython('numpy'))('comes from NumPy, stored or compressed', async () => {
    const stored = path.join(folder, 'stored.npz');
    const compressed = path.join(folder, 'compressed.npz');
    runPython(
      'import numpy as np, sys\nfor f, p in ((np.savez, 1), (np.savez_compressed, 2)): f(sys.argv[p], errors=np.arange(4.0), luma=np.eye(2))',
      [stored, compressed],
    );
    for (const file of [stored, compressed]) {
      const found = await readArrayFile(file, 'errors');
      expect([...found.keys()]).toEqual(['errors', 'luma']);
      expect([...(found.get('errors')?.values(new Float64Array(4)) ?? [])]).toEqual([0, 1, 2, 3]);
    }
  });
});
