// A checkpoint gives back exactly what was put in, or refuses: nothing in between.
import fc from 'fast-check';
import { promises as fs } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ArgumentError,
  OutputError,
  ResumeError,
  type JsonValue,
  type Snapshot,
} from '../../../src/core/index.js';
import {
  loadCheckpoint,
  readCheckpointSettings,
  saveCheckpoint,
  type Checkpoint,
} from '../../../src/recipes/runs/checkpoint.js';
import { decodeSafetensors, encodeSafetensors } from '../../../src/recipes/runs/safetensors.js';

const seed = 3407;
let folder = '';
beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'evos-checkpoint-'));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

const empty: Snapshot = { values: {}, arrays: {} };
const example = (): Checkpoint => ({
  step: 12,
  settings: { strategy: 'evos', ratio: 0.5, crop: null },
  trainer: {
    values: { t: 12 },
    arrays: { weights: Float32Array.of(0.1, -0, NaN), moments: new Float32Array(3) },
  },
  selector: {
    values: { α: 0.1 + 0.2, random: [1, 2] },
    arrays: { order: Uint32Array.of(3, 1, 2), used: Uint8Array.of(1) },
  },
  run: { values: { seconds: { train: 1 / 3 } }, arrays: { counts: Int32Array.of(-1) } },
});

const json: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    fc.string({ unit: 'binary' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: 'binary' }), tie('value'), { maxKeys: 4 }),
  ),
})).value;
const array = fc.oneof(
  fc.float32Array({ maxLength: 9 }),
  fc.uint32Array({ maxLength: 9 }),
  fc.int32Array({ maxLength: 9 }),
  fc.uint8Array({ maxLength: 9 }),
);
const snapshot: fc.Arbitrary<Snapshot> = fc.record({
  values: fc.dictionary(fc.string(), json, { maxKeys: 4 }),
  arrays: fc.dictionary(fc.string({ unit: 'binary' }), array, { maxKeys: 4 }),
});
const checkpoint: fc.Arbitrary<Checkpoint> = fc.record({
  step: fc.nat(),
  settings: json,
  trainer: snapshot,
  selector: snapshot,
  run: snapshot,
});

/** Entries in a fixed order with arrays as bytes, so that comparing sees every bit and no accident of order. */
function exact(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    return [
      value.constructor.name,
      Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex'),
    ];
  }
  if (Array.isArray(value)) return value.map(exact);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, entry]): [string, unknown] => [key, exact(entry)]);
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

describe('saveCheckpoint and loadCheckpoint', () => {
  it(`round trip bit for bit (seed ${seed})`, async () => {
    const file = path.join(folder, 'any.safetensors');
    await fc.assert(
      fc.asyncProperty(checkpoint, async (given) => {
        await saveCheckpoint(file, given);
        // toStrictEqual tells −0 from 0.
        expect(exact(await loadCheckpoint(file))).toStrictEqual(exact(given));
      }),
      { seed, numRuns: 150 },
    );
  });

  it('keeps three snapshots apart and gives each array memory of its own', async () => {
    const file = path.join(folder, 'example.safetensors');
    await saveCheckpoint(file, example());
    const loaded = await loadCheckpoint(file);
    expect(exact(loaded)).toStrictEqual(exact(example()));
    for (const part of [loaded.trainer, loaded.selector, loaded.run]) {
      for (const data of Object.values(part.arrays)) expect(data.buffer.byteLength).toBe(data.byteLength);
    }
  });

  it('writes the same bytes for the same state', async () => {
    const files = ['x', 'y'].map((name) => path.join(folder, name));
    for (const file of files) await saveCheckpoint(file, example());
    const [one, other] = await Promise.all(files.map((file) => fs.readFile(file)));
    expect(other).toEqual(one);
  });

  it.each<[string, unknown, RegExp]>([
    ['NaN', { a: [1, NaN] }, /cannot hold NaN at selector\.a\[1\]; expected finite numbers/],
    ['infinity', { a: { b: -Infinity } }, /cannot hold -Infinity at selector\.a\.b/],
    ['undefined', { a: undefined }, /cannot hold undefined at selector\.a/],
    ['a hole', { a: new Array<number>(1) }, /cannot hold undefined at selector\.a\[0\]/],
    ['a typed array', { a: new Float32Array(1) }, /cannot hold a Float32Array at selector\.a/],
    ['a function', { a: () => 0 }, /cannot hold a function at selector\.a/],
    ['a date', { a: new Date(0) }, /cannot hold a Date at selector\.a/],
  ])('refuses %s among the values', async (_, values, message) => {
    const given = { ...example(), selector: { values: values as Snapshot['values'], arrays: {} } };
    const saving = saveCheckpoint(path.join(folder, 'refused'), given);
    await expect(saving).rejects.toThrow(ArgumentError);
    await expect(saving).rejects.toThrow(message);
    await expect(fs.access(path.join(folder, 'refused'))).rejects.toThrow('ENOENT');
  });

  it('says when it cannot be written', async () => {
    await expect(saveCheckpoint(path.join(folder, 'no', 'x'), example())).rejects.toThrow(OutputError);
  });
});

describe('loadCheckpoint', () => {
  it('says that there is none', async () => {
    const loading = loadCheckpoint(path.join(folder, 'none'));
    await expect(loading).rejects.toThrow(ResumeError);
    await expect(loading).rejects.toThrow(/no checkpoint to resume from: cannot read .*none: no such file/);
  });

  it('notices every flipped bit and every missing byte', async () => {
    const file = path.join(folder, 'good.safetensors');
    await saveCheckpoint(file, {
      step: 1,
      settings: { kind: 'image' },
      trainer: empty,
      selector: empty,
      run: example().run,
    });
    const good = await fs.readFile(file);
    const bad = path.join(folder, 'bad.safetensors');
    const padding = good.lastIndexOf('}') + 1;
    const headerEnd = 8 + Number(good.readBigUInt64LE(0));
    for (let position = 0; position < good.length; position++) {
      // The spaces that pad the header mean nothing; only those may change unnoticed.
      if (position >= padding && position < headerEnd) continue;
      const bytes = Buffer.from(good);
      bytes.writeUInt8(bytes.readUInt8(position) ^ (1 << (position % 8)), position);
      await fs.writeFile(bad, bytes);
      await expect(loadCheckpoint(bad), `bit ${position % 8} of byte ${position}`).rejects.toThrow(
        ResumeError,
      );
      // Which kind of run it is may still be read, or not; no fault says so.
      expect(typeof (await readCheckpointSettings(bad))).toMatch(/^(object|undefined)$/);
    }
    for (let length = 0; length < good.length; length += 7) {
      await fs.writeFile(bad, good.subarray(0, length));
      await expect(loadCheckpoint(bad), `${length} bytes`).rejects.toThrow(
        /bad\.safetensors is damaged: .*start the run anew/,
      );
    }
  });

  it('names a changed number as damage', async () => {
    const file = path.join(folder, 'changed.safetensors');
    await saveCheckpoint(file, example());
    const bytes = await fs.readFile(file);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    await fs.writeFile(file, bytes);
    await expect(loadCheckpoint(file)).rejects.toThrow(
      /changed\.safetensors is damaged: its checksum does not match/,
    );
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['other safetensors files', {}, /is a safetensors file but no evos checkpoint/],
    [
      'other versions of the format',
      { formatVersion: '1' },
      /has checkpoint format 1, this version of evos reads 2/,
    ],
  ])('refuses %s', async (_, changes, message) => {
    const file = path.join(folder, 'other.safetensors');
    await saveCheckpoint(file, example());
    const content = decodeSafetensors(await fs.readFile(file));
    const metadata = Object.keys(changes).length === 0 ? {} : { ...content.metadata, ...changes };
    await fs.writeFile(file, encodeSafetensors({ ...content, metadata }));
    await expect(loadCheckpoint(file)).rejects.toThrow(ResumeError);
    await expect(loadCheckpoint(file)).rejects.toThrow(message);
  });
});
