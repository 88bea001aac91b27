// Kills at every event by which files come and go. A kill leaves what is on the disk at that moment, so a command runs once,
// its folder copied at each event, and each copy is gone on from as a killed run is; at some events the command is started anew
// and killed in earnest, which has to leave the same. Nothing may be torn or lost, and whoever comes next ends with the same
// model to the bit.
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { evos, type Finished } from '../support/command.js';
import { jobs } from './jobs.js';
import { lookInto, strangers, strangersWords, type Look } from './look.js';
import { verbs, type Placed, type Verb } from './verbs.js';

/** What became of one kill. */
export interface Verdict {
  /** Number of the event, from 1. */
  readonly at: number;
  /** The event, in words. */
  readonly event: string;
  /** Whether the folder was as after an earlier kill: what came of going on from that is known. */
  readonly known: boolean;
  /** What was lost; undefined where nothing was. */
  readonly lost?: string;
}

const hook = ['--import', path.resolve('test/support/kill-at.mjs')];

/** A modality's job, and one finished run of it, for whatever is killed. */
export class Kills {
  readonly #root: string;
  readonly #job: Omit<Placed, 'folder'>;
  #finished: Promise<string> | undefined;

  /** @param modality a name of `jobs` */
  constructor(modality: string) {
    const job = jobs[modality];
    if (job === undefined) throw new Error(`no such job: ${modality}`);
    this.#root = mkdtempSync(path.join(tmpdir(), 'evos-kills-'));
    const input = path.join(this.#root, path.basename(job.input));
    cpSync(job.input, input, { recursive: true });
    this.#job = { options: job.options, input };
  }

  /** Removes what is on the disk. */
  dispose(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }

  /** Runs a command to its end, and hands out its kills. @param name of `verbs` */
  async of(name: string): Promise<Victim> {
    const verb = verbs[name];
    if (verb === undefined) throw new Error(`no such verb: ${name}`);
    const root = path.join(this.#root, name);
    const before = path.join(root, 'before');
    if (verb.onRun) {
      cpSync(await (this.#finished ??= this.#finish()), before, { recursive: true });
      leaveStrangers(before);
    } else mkdirSync(root);
    return Victim.of(verb, { ...this.#job, folder: path.join(root, 'run') }, root, before);
  }

  /** A finished fit. */
  async #finish(): Promise<string> {
    const folder = path.join(this.#root, 'finished');
    succeeded(await evos(verbs['fit']?.command({ ...this.#job, folder }) ?? []));
    return folder;
  }
}

/** What is known of a command. */
interface Recorded {
  readonly verb: Verb;
  readonly placed: Placed;
  /** The folder as the command is to find it; it may be missing. */
  readonly before: string;
  readonly beforeLook: Look;
  /** Holds the copies of the folder by the numbers of the events. */
  readonly copies: string;
  readonly events: readonly string[];
  /** What the command leaves at its end. */
  readonly after: Look;
  readonly inputSum: string;
}

/** A command that has run once. */
export class Victim {
  readonly #of: Recorded;
  readonly #known = new Set<string>();

  private constructor(of: Recorded) {
    this.#of = of;
  }

  /** The events in words. */
  get events(): readonly string[] {
    return this.#of.events;
  }

  /** @param root where there is room */
  static async of(verb: Verb, placed: Placed, root: string, before: string): Promise<Victim> {
    const { folder, input } = placed;
    const inputSum = sumOf(input);
    const [log, copies] = [path.join(root, 'events'), path.join(root, 'copies')];
    const env = {
      EVOS_TEST_KILL_LOG: log,
      EVOS_TEST_KILL_COPIES: copies,
      EVOS_TEST_KILL_FOLDER: folder,
    };
    restore(before, folder);
    succeeded(await evos(verb.command(placed), { node: hook, env }));
    leaveStrangers(folder);
    const lines = readFileSync(log, 'utf8').trim().split('\n');
    const events = lines.map((line) => line.replace(/^\d+ /, ''));
    const [beforeLook, after] = [await lookInto(before), await lookInto(folder)];
    return new Victim({ verb, placed, before, beforeLook, copies, events, after, inputSum });
  }

  /**
   * Goes on from what a kill at an event leaves.
   * @param inEarnest whether a process is really killed there
   */
  async kill(at: number, inEarnest: boolean): Promise<Verdict> {
    const event = this.events[at - 1] ?? '';
    try {
      return { at, event, known: !(await this.#kill(at, inEarnest)) };
    } catch (error) {
      return { at, event, known: false, lost: error instanceof Error ? error.message : String(error) };
    }
  }

  /** @returns whether it was gone on from */
  async #kill(at: number, inEarnest: boolean): Promise<boolean> {
    const { before, copies, inputSum, placed } = this.#of;
    const { folder, input } = placed;
    const copy = path.join(copies, String(at));
    const now = await lookInto(copy);
    if (existsSync(before)) checkStrangers(now);
    const state = now.lines.join('\n');
    if (!inEarnest && this.#known.has(state)) return false;
    if (inEarnest) {
      await this.#killInEarnest(at);
      same((await lookInto(folder)).lines, now.lines, 'the kill left');
    } else restore(copy, folder);
    leaveStrangers(folder);
    await this.#goOn(now);
    if (sumOf(input) !== inputSum) throw new Error(`the input ${input} has changed`);
    this.#known.add(state);
    return true;
  }

  async #killInEarnest(at: number): Promise<void> {
    const { verb, placed, before } = this.#of;
    restore(before, placed.folder);
    const env = { EVOS_TEST_KILL_AT: String(at) };
    const killed = await evos(verb.command(placed), { node: hook, env });
    if (killed.signal !== 'SIGKILL')
      throw new Error(`the command did not come to the event: ${telling(killed)}`);
  }

  async #goOn(now: Look): Promise<void> {
    const { verb, placed, beforeLook, after } = this.#of;
    const { args, refused = false } = verb.goOn(placed, beforeLook, now);
    let next = await evos([...args, '--json']);
    if (refused) {
      if (next.code !== 2 || !next.stderr.includes('no checkpoint to resume from')) {
        throw new Error(`expected to hear that there is no checkpoint, got ${telling(next)}`);
      }
      next = await evos([...verb.command(placed), '--json']);
    }
    succeeded(next);
    checkResumed(next, now, beforeLook);
    same((await lookInto(placed.folder)).lines, after.lines, 'going on ended with');
  }
}

/** A run goes on from its checkpoint, no earlier. @param before an old run's checkpoint is not the new one's */
function checkResumed({ stdout }: Finished, now: Look, before: Look): void {
  for (const line of stdout.trim().split('\n')) {
    const event = JSON.parse(line) as { type: string; strategy: string; resumedFrom: number };
    if (event.type !== 'start') continue;
    const folder = now.steps.has(event.strategy) ? event.strategy : '';
    const step = now.steps.get(folder);
    if (step === undefined || step === before.steps.get(folder) || event.resumedFrom === step) continue;
    throw new Error(`it went on from step ${event.resumedFrom}, the checkpoint was of step ${step}`);
  }
}

function checkStrangers({ lines }: Look): void {
  const lost = strangers.filter((name) => !lines.includes(`${name}: of somebody else`));
  if (lost.length > 0) throw new Error(`${lost.join(', ')} of somebody else is gone`);
}

function same(got: readonly string[], wanted: readonly string[], words: string): void {
  const [more, missing] = [
    got.filter((line) => !wanted.includes(line)),
    wanted.filter((line) => !got.includes(line)),
  ];
  if (more.length + missing.length === 0) return;
  throw new Error([words, ...more, 'in place of', ...missing].join('\n    '));
}

function succeeded(finished: Finished): void {
  if (finished.code !== 0) throw new Error(telling(finished));
}

const telling = ({ code, signal, stderr }: Finished): string => `exit ${code ?? signal}: ${stderr}`;

function restore(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  if (existsSync(from)) cpSync(from, to, { recursive: true });
}

function leaveStrangers(folder: string): void {
  for (const name of strangers) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, strangersWords);
  }
}

/** SHA-256 of a file, or of all files below a folder. */
function sumOf(input: string): string {
  const hash = createHash('sha256');
  const names = statSync(input).isDirectory()
    ? readdirSync(input, { recursive: true, encoding: 'utf8' }).sort()
    : [''];
  for (const name of names) {
    const file = path.join(input, name);
    hash.update(name);
    if (statSync(file).isFile()) hash.update(readFileSync(file));
  }
  return hash.digest('hex');
}
