// Damaged meshes of every format, a few hundred of each in CI: `npx vitest run test/fuzz/meshes.test.ts` with EVOS_FUZZ=10000
// takes more. The seed of each input is in the test's message.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRandom, EvosError, type Random } from '../../src/core/index.js';
import { processorMilliseconds } from '../support/processor-time.js';
import { longestMilliseconds } from './harness.js';
import { read, seeds } from './meshes.js';

const rounds = Number(process.env['EVOS_FUZZ'] ?? 150);
const first = Number(process.env['EVOS_FUZZ_SEED'] ?? 0);

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'evos-fuzz-'))));
afterAll(() => rm(folder, { recursive: true }));

/** Numbers that readers trip over. */
const odd = [
  '-1',
  '0',
  '1e999',
  'nan',
  '4294967295',
  '9007199254740991',
  '0.5',
  '""',
  'null',
  '{}',
  '[]',
  '\r',
  '\0',
];

/** A seed, damaged in a few places. */
function damage(bytes: Uint8Array, random: Random): Uint8Array {
  let result = Buffer.from(bytes);
  for (let left = 1 + random.below(4); left > 0; left--) {
    const at = random.below(result.length + 1);
    const length = random.below(Math.min(40, result.length - at) + 1);
    switch (random.below(6)) {
      case 0:
        if (at < result.length) result[at] = result[at]! ^ (1 << random.below(8));
        break;
      case 1:
        if (at < result.length) result[at] = random.below(256);
        break;
      case 2:
        result = Buffer.concat([result.subarray(0, at), result.subarray(at + length)]);
        break;
      case 3:
        result = Buffer.concat([result.subarray(0, at + length), result.subarray(at)]);
        break;
      case 4:
        result = result.subarray(0, at);
        break;
      default: {
        // A number or a word of a text becomes another.
        const text = result.toString('latin1');
        const words = [...text.matchAll(/-?[\d.]+(e-?\d+)?|[a-z_]+/gi)];
        const word = words[random.below(Math.max(1, words.length))];
        if (word === undefined) break;
        const other = odd[random.below(odd.length)]!;
        result = Buffer.from(
          text.slice(0, word.index) + other + text.slice(word.index + word[0].length),
          'latin1',
        );
      }
    }
  }
  return result.length === 0 ? Buffer.from('x') : result;
}

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeAll(() => void process.on('unhandledRejection', note));
afterAll(() => void process.off('unhandledRejection', note));

it.each([...seeds.keys()])('%s is read', async (name) => {
  const file = path.join(folder, name);
  await writeFile(file, seeds.get(name)!);
  await read(file);
});

it.each([...seeds.keys()])(
  `%s, damaged in ${rounds} ways, is read or refused by name`,
  async (name) => {
    const file = path.join(folder, name);
    let refused = 0;
    for (let round = first; round < first + rounds; round++) {
      const random = createRandom(round);
      await writeFile(file, damage(seeds.get(name)!, random));
      const start = processorMilliseconds();
      try {
        await read(file);
      } catch (error) {
        if (!(error instanceof EvosError)) throw new Error(`${name}, seed ${round}`, { cause: error });
        expect(error.message, `${name}, seed ${round}`).toContain(name);
        refused++;
      }
      expect(processorMilliseconds() - start, `${name}, seed ${round}`).toBeLessThan(longestMilliseconds);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(unhandled).toEqual([]);
    expect(refused).toBeGreaterThan(0);
  },
  600_000,
);
