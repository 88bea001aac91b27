// The harness finds what it is to find, and makes any input again by its number.
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/index.js';
import { processorMilliseconds } from '../support/processor-time.js';
import { fuzz, inputOf, type FuzzKind, type Sample, type Verdict } from './harness.js';

const samples: readonly Sample[] = [
  { name: 'text', bytes: new TextEncoder().encode('v 1.5 2 -3\nf 1 2 3\n') },
  { name: 'bytes', bytes: Uint8Array.from({ length: 300 }, (_, i) => i & 255) },
];

async function verdictsOf(read: FuzzKind['read'], longest?: number): Promise<Verdict[]> {
  const kind: FuzzKind = { samples: () => Promise.resolve(samples), read, short: 20 };
  const verdicts: Verdict[] = [];
  for await (const verdict of fuzz(kind, { seed: 3, from: 5, count: kind.short }, longest))
    verdicts.push(verdict);
  return verdicts;
}

describe('inputs', () => {
  it('depend on seed and number alone', () => {
    const made = (seed: number): string[] =>
      Array.from({ length: 50 }, (_, i) => Buffer.from(inputOf(samples, seed, i).bytes).toString('hex'));
    expect(made(7)).toEqual(made(7));
    expect(made(7)).not.toEqual(made(8));
    expect(new Set(made(7)).size).toBeGreaterThan(45);
  });

  it('differ from what they were made of, and leave it as it was', () => {
    const before = samples.map(({ bytes }) => bytes.slice());
    const changed = Array.from({ length: 200 }, (_, i) => inputOf(samples, 1, i)).filter(
      ({ sample, bytes }) => Buffer.compare(sample.bytes, bytes) !== 0,
    );
    expect(changed.length).toBeGreaterThan(180);
    expect(samples.map(({ bytes }) => bytes)).toEqual(before);
  });
});

describe('fuzzing', () => {
  it('numbers its inputs from where it is told', async () => {
    const verdicts = await verdictsOf(() => Promise.resolve());
    expect(verdicts.map(({ index }) => index)).toEqual(Array.from({ length: 20 }, (_, i) => i + 5));
    expect(verdicts.every(({ outcome }) => outcome === 'read')).toBe(true);
  });

  it('takes an EvosError for a refusal, and any other error for a fault', async () => {
    const refused = await verdictsOf(() => Promise.reject(new InputError('no')));
    expect(refused.every(({ outcome }) => outcome === 'refused')).toBe(true);
    const faults = await verdictsOf(() => Promise.reject(new TypeError('x is undefined')));
    expect(
      faults.every(({ outcome, words }) => outcome === 'fault' && /x is undefined/.test(words ?? '')),
    ).toBe(true);
  });

  it('takes a slow reader for a fault', async () => {
    const [first] = await verdictsOf(() => {
      const end = processorMilliseconds() + 20;
      while (processorMilliseconds() < end);
      return Promise.resolve();
    }, 5);
    expect(first).toMatchObject({
      outcome: 'fault',
      words: expect.stringMatching(/^took \d+ ms$/) as string,
    });
  });

  it('takes no reader for slow that the machine lets wait', async () => {
    const verdicts = await verdictsOf(() => new Promise((resolve) => setTimeout(resolve, 60)), 50);
    expect(verdicts.every(({ outcome }) => outcome === 'read')).toBe(true);
  });
});
