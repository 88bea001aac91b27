// A few hundred damaged files for each reader of scenes, always the same: all of them are read or refused by name, soon.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { EvosError } from '../../src/core/errors.js';
import { createRandom, type Random } from '../../src/core/numeric/random.js';
import { emptyFolder } from '../nerf/files/scene-folders.js';
import { processorMilliseconds } from '../support/processor-time.js';
import { longestMilliseconds } from './harness.js';
import { read, seeds } from './scenes.js';

/** More by name, and others: EVOS_FUZZ=5000 EVOS_FUZZ_SEED=2. */
const count = Number(process.env['EVOS_FUZZ'] ?? 60);
const seed = Number(process.env['EVOS_FUZZ_SEED'] ?? 1);

const words = [
  'NaN',
  'null',
  '-1',
  '1e308',
  '1e-308',
  '0',
  '""',
  '[]',
  '{}',
  'true',
  '9007199254740993',
  '"../x"',
  '\\u0000',
];

/** A few changes: bytes turned, cut out, doubled or cut off, numbers of 8 bytes replaced, words put in. */
function mutated(seed: Uint8Array, random: Random): Uint8Array {
  let bytes = Buffer.from(seed);
  for (let changes = 1 + random.below(4); changes > 0 && bytes.length > 0; changes--) {
    const at = random.below(bytes.length);
    const length = Math.min(bytes.length - at, 1 + random.below(16));
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at + length)];
    switch (random.below(6)) {
      case 0:
        bytes[at]! ^= 1 << random.below(8);
        break;
      case 1:
        bytes = Buffer.concat([before, after]);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
        break;
      case 3:
        if (random.below(4) === 0) bytes = Buffer.from(before);
        break;
      case 4: {
        const numbers = [NaN, Infinity, -Infinity, 1e308, -1e308, 0, 5e-324, -1];
        const double = Buffer.alloc(8);
        double.writeDoubleLE(numbers[random.below(numbers.length)]!);
        if (at + 8 <= bytes.length) double.copy(bytes, at);
        break;
      }
      default:
        bytes = Buffer.concat([before, Buffer.from(words[random.below(words.length)]!), after]);
    }
  }
  return bytes;
}

/** Values that fields hold by mistake. */
const odd: readonly unknown[] = [
  ...[null, true, '', 'x', '../..', 0, -1, 1e308, -1e308, 5e-324, 1e21, 12.5, 2 ** 31],
  ...[[], [[]], {}, [1, 2, 3], [[1, 2, 3]], Array.from({ length: 4 }, () => [1, 2, 3, 4])],
];

/** The same JSON with one value, wherever it is, replaced, left out or doubled. */
function mutatedJson(seed: Uint8Array, random: Random): Uint8Array {
  const top = JSON.parse(Buffer.from(seed).toString('utf8')) as Record<string, unknown>;
  for (let changes = 1 + random.below(3); changes > 0; changes--) {
    let parent: Record<string, unknown> = top;
    for (;;) {
      const keys = Object.keys(parent);
      const key = keys[random.below(Math.max(1, keys.length))];
      if (key === undefined) break;
      const child = parent[key];
      if (typeof child === 'object' && child !== null && random.below(5) > 0) {
        parent = child as Record<string, unknown>;
        continue;
      }
      const kind = random.below(4);
      if (kind === 0 && !Array.isArray(parent)) delete parent[key];
      else if (kind === 1 && Array.isArray(parent)) parent.push(structuredClone(child));
      else parent[key] = structuredClone(odd[random.below(odd.length)]);
      break;
    }
  }
  return Buffer.from(JSON.stringify(top));
}

describe.each(Object.keys(seeds))('%s', (name) => {
  const file = path.join(emptyFolder(), name);

  it('is read as it stands', async () => {
    writeFileSync(file, seeds[name]!);
    await read(file);
  });

  it(`is read or refused, damaged in ${count} ways by seed ${seed}`, async () => {
    const random = createRandom(seed);
    for (let i = 0; i < count; i++) {
      const change = name.endsWith('.json') && i % 2 === 0 ? mutatedJson : mutated;
      const bytes = change(seeds[name]!, random);
      writeFileSync(file, bytes);
      const start = processorMilliseconds();
      const error: unknown = await read(file).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      const shown = `input ${i} of seed ${seed}: ${Buffer.from(bytes).toString('base64')}`;
      if (error !== undefined && !(error instanceof EvosError)) throw new Error(shown, { cause: error });
      expect(processorMilliseconds() - start, shown).toBeLessThan(longestMilliseconds);
    }
  });
});
