// The commands of a submit with all their uniforms: written once for each kind of step, since most steps are like the one before,
// and a small step is over before its commands could be written anew. No device in it.
import {
  adamCommands,
  backwardCommands,
  forwardCommands,
  fusedCommands,
  isFused,
  type Command,
  type CommandSetup,
  type PassSetup,
} from './commands.js';
import { clearCommand, compareCommand, keepCommand, slopeCommand, type Pixels } from './frequency.js';
import { paramsStride } from './kernels.js';
import type { FrequencySetup } from './picture.js';
import type { Cut, MicroBatch, StepPlan } from './plan.js';
import { frequencyGroup } from './wgsl/frequency.js';
import { writeParams } from './wgsl/ids.js';

/** What is read of each sample. */
export interface Wanted {
  readonly errors: boolean;
  readonly absolute: boolean;
  readonly predictions: boolean;
  /** Of steps with the frequency term, over all pixels. */
  readonly frequency: boolean;
}

/** What tells one kind of step from another, beside its size. */
export interface StepKind {
  readonly wanted: Wanted;
  /** The samples are the pool's, which is on the device. */
  readonly resident: boolean;
  /** The pool's targets are bytes there. */
  readonly coded: boolean;
  /** They are all of the pool, in its order. */
  readonly whole: boolean;
  readonly weighted: boolean;
  /** Only predictions, without targets. */
  readonly predicts: boolean;
  readonly updates: boolean;
  /** The loss has the frequency term. */
  readonly supervised: boolean;
}

/** The commands of passes that go to the device together. */
export interface Program {
  readonly commands: readonly Command[];
  /** Uniforms, `paramsStride` bytes a command. */
  readonly params: Uint32Array;
  /** The first of its samples in the batch, and how many there are. */
  readonly first: number;
  readonly size: number;
  /** Passes. */
  readonly passes: number;
  /** Loss terms that come back, one for each workgroup of the kernel that has the loss. */
  readonly parts: number;
  /** Where the rest of what comes back begins, in numbers, and how many numbers come back. */
  readonly places: Places;
  readonly total: number;
  /** How many numbers it writes: behind those that come back lie some that only the device reads. */
  readonly room: number;
  /** How many commands at its end are Adam's. */
  readonly updates: number;
  /** Whether it reads its samples' inputs and targets. */
  readonly reads: boolean;
}

type Places = { readonly [Name in keyof Wanted]?: number };

/** Samples of a workgroup of the last layer's kernel; of a network in one kernel a slice has a loss term. */
const lossGroup = 64;

/** A step and what a program has of it. */
interface Part extends Cut {
  readonly size: number;
  readonly plan: StepPlan;
}

/** Writes a part of a step of `size` samples. */
export function writeProgram(setup: CommandSetup, kind: StepKind, part: Part): Program {
  const { frequency } = setup;
  return frequency !== undefined && kind.supervised
    ? supervisedProgram(setup, frequency, kind, part)
    : plainProgram(setup, kind, part);
}

function plainProgram(setup: CommandSetup, kind: StepKind, part: Part): Program {
  const { plan, from } = part;
  const { passes, start, size, groups, parts, outputDim } = samplesOf(setup, part);
  const { places, total } = placesOf(parts, size, outputDim, kind.wanted);
  // Of a whole picture the predictions are kept for supervision of some pixels.
  const isPicture = kind.updates && kind.whole && setup.frequency?.pixels === part.size;
  const picture = isPicture ? setup.frequency : undefined;
  const answers = picture === undefined ? places.predictions : (places.predictions ?? total);
  let group = 0;
  const commands = passes.flatMap((cut, i): Command[] => {
    const row = cut.first - start;
    const found = { ...each(places, row, outputDim), ...placed(answers, row * outputDim) };
    const pass = passOf(kind, part, cut, row, { loss: group, ...found }, kind.updates);
    group += groups[i] ?? 0;
    const backward = kind.updates ? { adds: from + i > 0 } : undefined;
    const keep =
      picture === undefined
        ? []
        : [keepCommand(setup, picture, pixelsOf(kind, cut, row), found.predictions ?? 0)];
    return [...passCommands(setup, pass, plan, backward), ...keep];
  });
  const room = picture === undefined ? total : Math.max(total, (answers ?? 0) + size * outputDim);
  return finished(setup, kind, part, commands, { first: start, size, parts, places, total, room });
}

/**
 * A step with the frequency term couples pixels: all of them are predicted before any gradient is known. So it goes forward over all
 * micro-batches, compares, and goes forward and back over each again; a single one's layers are there still.
 */
function supervisedProgram(
  setup: CommandSetup,
  picture: FrequencySetup,
  kind: StepKind,
  part: Part,
): Program {
  const { plan, from, phase, size: samples } = part;
  const whole = phase === 'all' || phase === 'compare';
  const own = samplesOf(setup, part);
  const { passes, groups, outputDim } = own;
  const [start, size] = whole ? [0, samples] : [own.start, own.size];
  const [predicts, compares, learns] = [
    phase === 'all' || phase === 'predict',
    whole,
    phase === 'all' || phase === 'learn',
  ];
  const terms = compares ? Math.ceil(size / frequencyGroup) : 0;
  const parts = (predicts ? own.parts : 0) + terms;
  const { wanted } = kind;
  const frequency = compares && wanted.frequency;
  const { places, total } = placesOf(parts, size, outputDim, { ...(predicts ? wanted : nothing), frequency });
  // Only the device reads these: predictions that nobody wants, and the loss a second time.
  const answers = places.predictions ?? total;
  const again = predicts && places.predictions === undefined ? total + size * outputDim : total;
  const room = again + (learns ? own.parts : 0);

  const commands: Command[] = [];
  if (predicts && from === 0 && !kind.whole) commands.push(clearCommand(setup, picture));
  let group = 0;
  for (const [i, cut] of predicts ? passes.entries() : []) {
    const row = cut.first - start;
    const found = { ...each(places, row, outputDim), predictions: answers + row * outputDim };
    const pass = passOf(kind, part, cut, row, { loss: group, ...found }, false);
    group += groups[i] ?? 0;
    const pixels = pixelsOf(kind, cut, row);
    commands.push(...passCommands(setup, pass, plan, undefined));
    commands.push(keepCommand(setup, picture, pixels, found.predictions));
  }
  if (compares) {
    const all = pixelsOf(kind, { first: 0, rows: samples }, 0);
    commands.push(compareCommand(setup, picture, all, parts - terms, places.frequency));
  }
  group = again;
  for (const [i, cut] of learns ? passes.entries() : []) {
    const row = cut.first - start;
    const pass = { ...passOf(kind, part, cut, row, { loss: group }, true), supervised: true };
    group += groups[i] ?? 0;
    const backward = { adds: from + i > 0, follows: plan.passes.length === 1 };
    commands.push(slopeCommand(setup, picture, pixelsOf(kind, cut, row), samples));
    commands.push(...passCommands(setup, pass, plan, backward));
  }
  return finished(setup, kind, part, commands, { first: start, size, parts, places, total, room });
}

/** The samples of a part, and the loss terms of its passes. */
function samplesOf(setup: CommandSetup, { plan, from, to }: Part) {
  const passes = plan.passes.slice(from, to);
  const fused = isFused(setup);
  const groups = passes.map(({ rows }) => (fused ? plan.slices : Math.ceil(rows / lossGroup)));
  return {
    ...{ passes, groups, start: passes[0]?.first ?? 0 },
    size: passes.reduce((sum, { rows }) => sum + rows, 0),
    parts: groups.reduce((sum, count) => sum + count, 0),
    outputDim: setup.network.layers.at(-1)?.fanOut ?? 0,
  };
}

/** @param row the pass's first row in what was sent for the program */
function passOf(
  { resident, whole, weighted, coded, predicts }: StepKind,
  { plan, size }: Part,
  { first, rows }: MicroBatch,
  row: number,
  places: PassSetup['places'],
  gradient: boolean,
): PassSetup {
  const inOrder = !resident || whole;
  return {
    ...{ rows, first: row, tile: plan.tile, resident, predicts, weighted, coded, places, gradient },
    from: inOrder ? (resident ? first : row) : undefined,
    samples: size,
  };
}

const pixelsOf = ({ whole, resident }: StepKind, { first, rows }: MicroBatch, row: number): Pixels => ({
  rows,
  first: row,
  resident,
  from: whole ? first : undefined,
});

/** @param backward undefined: forward only; `adds`: to what an earlier pass left; `follows`: the layers' results are there already */
function passCommands(
  setup: CommandSetup,
  pass: PassSetup,
  plan: StepPlan,
  backward: { readonly adds: boolean; readonly follows?: boolean } | undefined,
): Command[] {
  const { adds = false, follows = false } = backward ?? {};
  // A network in one kernel has kept its inputs, another one all but its answer.
  if (isFused(setup)) return fusedCommands(setup, pass, plan, adds).slice(follows ? 1 : 0);
  const forward = forwardCommands(setup, pass).slice(follows ? -1 : 0);
  return backward === undefined ? forward : [...forward, ...backwardCommands(setup, pass, plan, adds)];
}

/** A program of such commands, with Adam's behind them where its step ends. */
function finished(
  setup: CommandSetup,
  { updates: moves }: StepKind,
  { plan, size, from, to, phase }: Part,
  written: readonly Command[],
  counts: Pick<Program, 'first' | 'size' | 'parts' | 'places' | 'total' | 'room'>,
): Program {
  const isLast = moves && to === plan.passes.length && (phase === 'all' || phase === 'learn');
  const updates = isLast ? adamCommands(setup, plan.slices, size) : [];
  const commands = [...written, ...updates];
  const params = new Uint32Array((commands.length * paramsStride) / 4);
  const view = new DataView(params.buffer);
  commands.forEach((command, i) => writeParams(view, i * paramsStride, command.params));
  const reads = phase !== 'compare';
  return { commands, params, passes: to - from, updates: updates.length, reads, ...counts };
}

/** Sets the numbers of a step's update. */
export function setUpdate({ commands, params, updates }: Program, factors: readonly number[]): void {
  const view = new DataView(params.buffer);
  for (let i = commands.length - updates; i < commands.length; i++) {
    const command = commands[i];
    if (command !== undefined) writeParams(view, i * paramsStride, { ...command.params, factors });
  }
}

const nothing: Wanted = { errors: false, absolute: false, predictions: false, frequency: false };

/** A place for predictions, if there is any. */
const placed = (at: number | undefined, by: number): Places =>
  at === undefined ? {} : { predictions: at + by };

/** Places of the numbers of a row and those behind it. */
function each({ errors, absolute, predictions }: Places, row: number, outputDim: number): Places {
  return {
    ...(errors === undefined ? {} : { errors: errors + row }),
    ...(absolute === undefined ? {} : { absolute: absolute + row }),
    ...placed(predictions, row * outputDim),
  };
}

function placesOf(
  parts: number,
  size: number,
  outputDim: number,
  wanted: Wanted,
): { readonly places: Places; readonly total: number } {
  let total = parts;
  const next = (name: keyof Wanted, width: number): Places => {
    if (!wanted[name]) return {};
    const at = total;
    total += size * width;
    return { [name]: at };
  };
  const places = {
    ...{ ...next('errors', 1), ...next('absolute', 1) },
    ...{ ...next('predictions', outputDim), ...next('frequency', 1) },
  };
  return { places, total };
}
