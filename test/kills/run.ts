// `npm run kills -- [image|mesh|scene|all] [fit|resume|overwrite|compare|all] [--from K] [--count N] [--earnest N]`: goes on from
// what a kill leaves at each event of a command. At every N-th a process is killed in earnest; 1 kills one at each. Exit code 1
// where something was lost.
import { parseArgs } from 'node:util';
import { Kills } from './harness.js';
import { jobs } from './jobs.js';
import { verbs } from './verbs.js';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    from: { type: 'string', default: '1' },
    count: { type: 'string', default: '1000000' },
    earnest: { type: 'string', default: '10' },
  },
});
const [job = 'all', verb = 'all'] = positionals;
const chosen = (all: object, name: string): string[] =>
  Object.keys(all).filter((each) => name === 'all' || each === name);
const [from, count, earnest] = [Number(values.from), Number(values.count), Number(values.earnest)];
const known = [chosen(jobs, job), chosen(verbs, verb)].every(({ length }) => length > 0);
if (!known || ![from, count, earnest].every((number) => number >= 1)) {
  const either = (all: object): string => [...Object.keys(all), 'all'].join('|');
  console.error(`npm run kills -- [${either(jobs)}] [${either(verbs)}] [--from K] [--count N] [--earnest N]`);
  process.exit(2);
}

let lost = 0;
for (const modality of chosen(jobs, job)) {
  const kills = new Kills(modality);
  try {
    for (const name of chosen(verbs, verb)) lost += await killAll(kills, modality, name);
  } finally {
    kills.dispose();
  }
}
process.exitCode = lost > 0 ? 1 : 0;

/** @returns at how many events something was lost */
async function killAll(kills: Kills, modality: string, name: string): Promise<number> {
  const start = performance.now();
  const victim = await kills.of(name);
  const end = Math.min(victim.events.length, from + count - 1);
  let [losses, folders, killed] = [0, 0, 0];
  for (let at = from; at <= end; at++) {
    const inEarnest = (at - from) % earnest === 0;
    const { event, known, lost } = await victim.kill(at, inEarnest);
    if (!known) folders++;
    if (inEarnest) killed++;
    if (lost === undefined) continue;
    losses++;
    console.log(`${modality} ${name}, ${at} (${event}): ${lost}`);
    console.log(`  again: npm run kills -- ${modality} ${name} --from ${at} --count 1`);
  }
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(
    `${modality} ${name}: events ${from} to ${end} of ${victim.events.length}, ${killed} killed in earnest, ` +
      `gone on ${folders} times, ${losses} lost; ${seconds} s`,
  );
  return losses;
}
