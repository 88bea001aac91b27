// Checkpoints under damage: what going on with a run makes of one that is not as it was written. Most of them get a checksum
// that is right, without which most faults would end at the first test. Those that load are gone on with in the built package,
// since a run has a thread.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { fitImage, resumeImage } from 'evos/recipes';
import type { JsonValue } from '../../src/core/index.js';
import { checksum, loadCheckpoint, saveCheckpoint } from '../../src/recipes/runs/checkpoint.js';
import { kindOfRun } from '../../src/recipes/runs/folder.js';
import { decodeSafetensors, encodeSafetensors } from '../../src/recipes/runs/safetensors.js';
import type { FuzzKind, Sample } from './harness.js';

const input = 'fixtures/photo.png';
const small = { crop: 8, width: 8, depth: 1, device: 'cpu', workers: 1, microBatch: 64, steps: 3 } as const;

/** What is fitted, by the name of its sample. */
const runs = {
  'online.safetensors': { strategy: 'evos-online' },
  'evos.safetensors': { strategy: 'evos', interval: 2 },
  'grid.safetensors': { strategy: 'uniform', backbone: 'hash-grid', levels: 2, log2TableSize: 8 },
} as const;

const parts = ['checkpoint.safetensors', 'target.png'] as const;

/** Fits, and hands out the files that going on takes. */
async function fitted(settings: object): Promise<readonly Buffer[]> {
  const out = await mkdtemp(path.join(tmpdir(), 'evos-fuzz-run-'));
  try {
    for await (const event of fitImage({ input, out, ...small, ...settings })) void event;
    await withoutClock(path.join(out, 'checkpoint.safetensors'));
    return await Promise.all(parts.map((name) => readFile(path.join(out, name))));
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

/** Puts the same seconds into a checkpoint whenever it was written: inputs are to be the same in every process. */
async function withoutClock(file: string): Promise<void> {
  const checkpoint = await loadCheckpoint(file);
  const { run } = checkpoint;
  const history = run.values['history'] as { readonly [name: string]: JsonValue }[];
  const values = {
    ...run.values,
    elapsed: { train: 1, select: 0.5, evaluate: 0.25 },
    total: 2,
    history: history.map((line, i) => ({ ...line, seconds: 0.5 * (i + 1) })),
  };
  await saveCheckpoint(file, { ...checkpoint, run: { ...run, values } });
}

let target: Uint8Array = new Uint8Array();

/** The same with a checksum that is right, where it can be read that far. */
function withChecksum(bytes: Uint8Array): Uint8Array {
  try {
    const { metadata, tensors } = decodeSafetensors(bytes, 'fuzzed');
    const { checksum: wrong, ...others } = metadata;
    void wrong;
    const sum = checksum({ metadata: others, tensors });
    return encodeSafetensors({ metadata: { ...others, checksum: sum }, tensors });
  } catch {
    return bytes;
  }
}

async function makeSamples(): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (const [name, settings] of Object.entries(runs)) {
    const [bytes, picture] = await fitted(settings);
    if (bytes === undefined || picture === undefined) throw new Error('a run left no checkpoint');
    target = picture;
    samples.push({ name, bytes });
  }
  return samples;
}

let made: Promise<readonly Sample[]> | undefined;

export const checkpoints: FuzzKind = {
  samples: () => (made ??= makeSamples()),
  async read(bytes, _, folder) {
    const [checkpoint, picture] = parts.map((name) => path.join(folder, name)) as [string, string];
    const mended = crc32(bytes) % 8 === 0 ? bytes : withChecksum(bytes);
    await Promise.all([writeFile(checkpoint, mended), writeFile(picture, target)]);
    await kindOfRun(folder);
    // Most end here, as they would in the thread.
    await loadCheckpoint(checkpoint);
    for await (const { type } of resumeImage({ folder })) if (type === 'start') break;
  },
  short: 20,
};
