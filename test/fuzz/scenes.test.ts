// A few hundred damaged files for each reader of scenes, always the same: all of them are read or refused by name, soon.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { EvosError } from '../../src/core/errors.js';
import { createRandom, type Random } from '../../src/core/numeric/random.js';
import { emptyFolder } from '../nerf/files/scene-folders.js';
import { read, seeds } from './scenes.js';

/** More by name: EVOS_FUZZ=5000. */
const count = Number(process.env['EVOS_FUZZ'] ?? 60);
const slowest = 2000;

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

describe.each(Object.keys(seeds))('%s', (name) => {
  const file = path.join(emptyFolder(), name);

  it('is read as it stands', async () => {
    writeFileSync(file, seeds[name]!);
    await read(file);
  });

  it(`is read or refused, damaged in ${count} ways by seed 1`, async () => {
    const random = createRandom(1);
    for (let i = 0; i < count; i++) {
      const bytes = mutated(seeds[name]!, random);
      writeFileSync(file, bytes);
      const start = performance.now();
      const error: unknown = await read(file).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      const shown = `input ${i} of seed 1: ${Buffer.from(bytes).toString('base64')}`;
      if (error !== undefined && !(error instanceof EvosError)) throw new Error(shown, { cause: error });
      expect(performance.now() - start, shown).toBeLessThan(slowest);
    }
  });
});
