// `npm run fuzz -- KIND COUNT|--minutes M [--seed S] [--from N]`: reads mutated inputs in child processes. A child that takes over ten
// seconds of processor time, holds over a gigabyte or dies is asked again, alone with that one input and with the threads that readers start, so
// that neither a busy machine nor what a child had read before is to blame. Exit code 1 where there are faults.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Order, Told } from './child.js';
import { longestMilliseconds, type Verdict } from './harness.js';
import temporary from '../support/temporary.js';
import { kinds } from './kinds.js';

/** Most memory of a child that reads one input. */
const mostBytes = 2 ** 30;
/** Inputs that a child reads before another takes its place. */
const perChild = 2000;
/** How long a child may take to start and make its samples. */
const startMilliseconds = 60_000;
/** How long a child that hangs is waited for. */
const hangMilliseconds = 60_000;

/** How a child ended. */
interface Ended {
  readonly verdicts: readonly Verdict[];
  readonly peak: number;
  /** Why the input after the last verdict has none; undefined where all were read. */
  readonly broke?: string;
}

/** Lets a child read inputs. */
function readIn(order: Order): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('child.ts', import.meta.url)), [], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const verdicts: Verdict[] = [];
    let peak = 0;
    let ready = false;
    let broke: string | undefined;
    const end = (why: string): void => {
      broke ??= why;
      child.kill('SIGKILL');
    };
    // A child has measured the time itself wherever it came to an end; this is for the others.
    const watch = (milliseconds: number) =>
      setTimeout(() => {
        end(`no answer within ${milliseconds} ms`);
      }, milliseconds);
    let timer = watch(startMilliseconds);
    child.on('message', (told: Told) => {
      clearTimeout(timer);
      ready = true;
      if (told.type === 'verdict') {
        verdicts.push(told.verdict);
        ({ peak } = told);
        if (peak > mostBytes) end('over the memory');
      }
      timer = watch(hangMilliseconds);
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (!ready) reject(new Error(`the child could not start (${broke ?? code ?? signal})`));
      const whole = verdicts.length === order.count && broke === undefined;
      resolve({
        verdicts,
        peak,
        ...(whole ? {} : { broke: broke ?? `the process ended (${code ?? signal})` }),
      });
    });
    child.send(order);
  });
}

/** What was found so far. */
class Tally {
  readonly outcomes = { read: 0, refused: 0, fault: 0 };
  slowest = 0;
  /** The most memory of a child, in bytes: an upper bound for what one input takes. */
  peak = 0;

  add({ outcome, milliseconds }: Verdict): void {
    this.outcomes[outcome]++;
    if (outcome !== 'fault') this.slowest = Math.max(this.slowest, milliseconds);
  }

  get done(): number {
    const { read, refused, fault } = this.outcomes;
    return read + refused + fault;
  }

  /** All of it in a line. */
  get words(): string {
    const { read, refused, fault } = this.outcomes;
    return (
      `${this.done} inputs: ${read} read, ${refused} refused, ${fault} faults; ` +
      `slowest ${Math.round(this.slowest)} ms, at most ${megabytes(this.peak)} MB`
    );
  }
}

const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20);

/** Reads one input in a child of its own, with threads, where it was slow, large or deadly among others. */
async function alone(order: Order, tally: Tally): Promise<Verdict> {
  const { verdicts, peak, broke } = await readIn({ ...order, count: 1, threads: true });
  tally.peak = Math.max(tally.peak, peak);
  const [verdict] = verdicts;
  const nothing = { index: order.from, sample: '?', milliseconds: 0, outcome: 'fault' } as const;
  if (verdict === undefined) return { ...nothing, words: broke ?? 'no answer' };
  return peak > mostBytes ? { ...verdict, outcome: 'fault', words: `held ${megabytes(peak)} MB` } : verdict;
}

/** Reads `count` inputs, or as many as fit into the time. */
async function run(
  { kind, seed, from, count }: Omit<Order, 'threads'>,
  milliseconds: number,
): Promise<number> {
  const until = performance.now() + milliseconds;
  const tally = new Tally();
  const settle = (verdict: Verdict): void => {
    tally.add(verdict);
    if (verdict.outcome !== 'fault') return;
    const { index, sample, words = '' } = verdict;
    console.log(`${index} (${sample}): ${words}`);
    console.log(`  again: npm run fuzz -- ${kind} 1 --seed ${seed} --from ${index}`);
  };
  const end = from + count;
  let told = 0;
  for (let next = from; next < end && performance.now() < until;) {
    const order = { kind, seed, from: next, count: Math.min(perChild, end - next), threads: count === 1 };
    const { verdicts, peak, broke } = await readIn(order);
    const large = peak > mostBytes;
    for (const verdict of verdicts) {
      // The last of all that were read may be the one that held so much; a child alone says.
      const doubtful = verdict.milliseconds > longestMilliseconds || (large && verdict === verdicts.at(-1));
      settle(doubtful ? await alone({ ...order, from: verdict.index }, tally) : verdict);
    }
    next += verdicts.length;
    if (!large) tally.peak = Math.max(tally.peak, peak);
    if (broke !== undefined && !large) {
      settle(await alone({ ...order, from: next }, tally));
      next++;
    }
    if (tally.done - told >= 10_000) {
      told = tally.done;
      console.log(tally.words);
    }
  }
  console.log(`${kind}, seed ${seed}, from ${from}: ${tally.words}`);
  return tally.outcomes.fault > 0 ? 1 : 0;
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    minutes: { type: 'string', default: 'Infinity' },
  },
});
const [kind = '', asked = values.minutes === 'Infinity' ? '10000' : '1e12'] = positionals;
const numbers = { seed: Number(values.seed), from: Number(values.from), count: Number(asked) };
const minutes = Number(values.minutes);
const sound = minutes > 0 && Object.values(numbers).every((number) => Number.isSafeInteger(number));
if (!Object.hasOwn(kinds, kind) || !sound) {
  console.error(`npm run fuzz -- ${Object.keys(kinds).join('|')} COUNT|--minutes M [--seed S] [--from N]`);
  process.exit(2);
}
const clear = temporary();
process.on('exit', () => clear?.());
process.exitCode = await run({ kind, ...numbers }, minutes * 60_000);
