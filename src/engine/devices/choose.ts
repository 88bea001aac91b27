// Which device `auto` takes: the one on which a step of the run's own training is the fastest. Cards are opened first: a program that
// stands in for one is turned down before anything is compiled for it. What was measured is remembered.
import os from 'node:os';
import { DeviceError } from '../../core/errors.js';
import { present } from '../../core/present.js';
import type { Device } from '../training/options.js';
import { version } from '../manifest.js';
import { decisionFile, decisionKey, recall, remember, type StepTime } from './decisions.js';
import { mayHaveGraphicsCard } from './graphics-cards.js';
import { devices } from './registry.js';
import { stepInWords, usualStep, type StepShape } from './step-shape.js';
import { tryDevices, type Trial, type TrialRequest } from './trial.js';

/** The device to train on, and why. */
export interface ResolvedDevice {
  readonly name: Device;
  readonly reason: string;
}

/** Says what is to be trained; undefined: an ordinary network. */
export type AskStep = () => StepShape | undefined | Promise<StepShape | undefined>;

/** What a device took, or why it could not take the step. */
type Outcome = StepTime & { readonly error?: string };

/** How a choice is made; tests have their own. */
export interface Choosing {
  /** Whether there is anything to look for. */
  readonly mayHaveCard: () => boolean;
  readonly tryDevices: typeof tryDevices;
  /** The file of earlier decisions. */
  readonly file: string;
  /** Programs on the CPU count as cards. */
  readonly software: boolean;
}

/** Milliseconds that the CPU is waited for where a card has been measured: its threads take a second to start. */
const patience = 4000;

/** Takes the fastest device for a step. @param shape asked for only where there is something to choose from */
export async function chooseDevice(
  shape?: AskStep,
  choosing: Partial<Choosing> = {},
): Promise<ResolvedDevice> {
  const { mayHaveCard = mayHaveGraphicsCard, tryDevices: attempt = tryDevices, software = false } = choosing;
  const last = devices().find(({ preferred }) => preferred === 'always')?.name;
  if (last === undefined) throw new DeviceError('no device works here');
  const taken = (reason: string): ResolvedDevice => ({ name: last, reason: `auto: ${reason}` });
  if (!mayHaveCard()) return taken('this machine has no graphics card');
  const names = devices().flatMap(({ name }) => (name === last ? [] : [name]));
  const seen = await attempt({ names });
  const works = seen.filter(({ facts, error }) => facts !== undefined && error === undefined);
  const cards = works.filter(({ facts }) => software || facts?.software !== true);
  if (cards.length === 0) {
    const [stand] = works;
    const beside =
      stand === undefined
        ? ''
        : `; ${named(stand)} is a program on the CPU, which is slower than the CPU's own`;
    return taken(`no GPU that works was found${beside}`);
  }
  const step = (await shape?.()) ?? usualStep;
  const file = choosing.file ?? decisionFile();
  const key = decisionKey([version, cards, machine(), step]);
  const known = new Set([...cards.map(({ device }) => device), last]);
  const found = await recall(file, key);
  const before = found?.times.every(({ device }) => known.has(device)) === true ? found : undefined;
  const times: readonly Outcome[] =
    before?.times ?? (await measured(attempt, cards, last, { step, software, patience }));
  const tried = times.filter(({ error }) => error === undefined).sort((a, b) => timeOf(a) - timeOf(b));
  const failed = times.find(({ error }) => error !== undefined);
  // What failed once may not fail again.
  if (before === undefined && failed === undefined) {
    await remember(file, key, { date: new Date().toISOString().slice(0, 10), times: tried });
  }
  const [fastest] = tried;
  const name = fastest?.milliseconds === undefined ? last : fastest.device;
  const told = [
    ...(tried.length === 0 ? [] : [`takes ${tried.map((time) => inWords(time, cards)).join(', ')}`]),
    ...(failed === undefined ? [] : [`could not be taken on ${nameOf(failed, cards)}: ${failed.error}`]),
  ];
  const when = before === undefined ? '' : ` (measured on ${before.date})`;
  return { name, reason: `auto: a step (${stepInWords(step)}) ${told.join(', and ')}${when}` };
}

/** Cards first, so that the CPU need not be waited for where it is slower by far. */
async function measured(
  attempt: typeof tryDevices,
  cards: readonly Trial[],
  last: Device,
  how: Omit<TrialRequest, 'names'>,
): Promise<readonly Outcome[]> {
  const names = cards.map(({ device }) => device);
  const trials = await attempt({ names: [...names, last], ...how });
  return trials.map(({ device, milliseconds, over, error }) => ({
    device,
    ...present({ milliseconds, over, error }),
  }));
}

const timeOf = ({ milliseconds = Infinity }: StepTime): number => milliseconds;

/** What a card is called: `webgpu (nvidia hopper, 580.159)`. */
const named = ({ device, facts }: Trial): string =>
  facts?.adapter === undefined ? device : `${device} (${facts.adapter})`;

const nameOf = ({ device }: Outcome, cards: readonly Trial[]): string =>
  named(cards.find((card) => card.device === device) ?? { device });

function inWords(time: Outcome, cards: readonly Trial[]): string {
  const { milliseconds, over = 0 } = time;
  const long = milliseconds === undefined ? `more than ${shown(over)}` : shown(milliseconds);
  return `${long} ms on ${nameOf(time, cards)}`;
}

const shown = (milliseconds: number): string => String(Number(milliseconds.toPrecision(2)));

/** What else a time depends on: caches may be shared among machines. */
function machine(): readonly unknown[] {
  return [os.cpus()[0]?.model, os.availableParallelism()];
}
