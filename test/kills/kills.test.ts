// A few of the kills that `npm run kills` goes through, in earnest: every modality and every verb comes up, at an event that the
// seed chooses.
import { afterAll, expect, it } from 'vitest';
import { createRandom } from '../../src/core/index.js';
import { Kills } from './harness.js';
import { jobs } from './jobs.js';
import { verbs } from './verbs.js';

const seed = 1;
const sample = [
  ['image', 'resume'],
  ['image', 'overwrite'],
  ['image', 'compare'],
  ['mesh', 'fit'],
  ['scene', 'fit'],
] as const;

const kills = new Map<string, Kills>();
afterAll(() => kills.forEach((each) => each.dispose()));

it('every modality and every verb is in the sample', () => {
  expect(new Set(sample.map(([modality]) => modality))).toEqual(new Set(Object.keys(jobs)));
  expect(new Set(sample.map(([, verb]) => verb))).toEqual(new Set(Object.keys(verbs)));
});

it.each(sample)(`a killed %s %s loses nothing and is gone on from, seed ${seed}`, async (modality, verb) => {
  const own = kills.get(modality) ?? new Kills(modality);
  kills.set(modality, own);
  const victim = await own.of(verb);
  expect(victim.events.length).toBeGreaterThan(20);
  const at = 1 + createRandom(seed).below(victim.events.length);
  expect(await victim.kill(at, true)).toEqual({ at, event: victim.events[at - 1], known: false });
});
