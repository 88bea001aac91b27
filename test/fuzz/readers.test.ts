// Every reader under damage, shortly: the first inputs of what `npm run fuzz -- KIND COUNT` reads by the hundred thousand.
// Models are run by worker threads of the built package (dist/), and the others can do with it.
import { describe, expect, it } from 'vitest';
import { fuzz, readWholeSamples, type Verdict } from './harness.js';
import { kinds } from './kinds.js';

const seed = 1;

describe('readers', () => {
  it.each(Object.entries(kinds))(`of %s read or refuse what is damaged, seed ${seed}`, async (_, load) => {
    const kind = await load();
    const verdicts: Verdict[] = [];
    for await (const verdict of fuzz(kind, { seed, count: kind.short })) verdicts.push(verdict);
    expect(verdicts.filter(({ outcome }) => outcome === 'fault')).toEqual([]);
    // Faults that were all refused at once, or all overlooked, would try nothing.
    expect(new Set(verdicts.map(({ outcome }) => outcome))).toEqual(new Set(['read', 'refused']));
  });

  it.each(Object.entries(kinds))('of %s read the samples as they are', async (_, load) => {
    expect(await readWholeSamples(await load())).toBeGreaterThan(1);
  });
});
