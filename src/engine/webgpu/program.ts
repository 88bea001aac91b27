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
} from './commands.js';
import { paramsStride } from './kernels.js';
import type { StepPlan } from './plan.js';
import { writeParams } from './wgsl/ids.js';

/** What is read of each sample. */
export interface Wanted {
  readonly errors: boolean;
  readonly absolute: boolean;
  readonly predictions: boolean;
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
  /** How many commands at its end are Adam's. */
  readonly updates: number;
}

type Places = { readonly [Name in keyof Wanted]?: number };

/** Samples of a workgroup of the last layer's kernel; of a network in one kernel a slice has a loss term. */
const lossGroup = 64;

/** Writes passes `from` to before `to` of a step of `size` samples. */
export function writeProgram(
  setup: CommandSetup,
  kind: StepKind,
  step: { readonly size: number; readonly plan: StepPlan; readonly from: number; readonly to: number },
): Program {
  const { plan, from, to } = step;
  const outputDim = setup.network.layers.at(-1)?.fanOut ?? 0;
  const passes = plan.passes.slice(from, to);
  const start = passes[0]?.first ?? 0;
  const size = passes.reduce((sum, { rows }) => sum + rows, 0);
  const fused = isFused(setup);
  const groups = passes.map(({ rows }) => (fused ? plan.slices : Math.ceil(rows / lossGroup)));
  const parts = groups.reduce((sum, count) => sum + count, 0);
  const { places, total } = placesOf(parts, size, outputDim, kind.wanted);
  const inOrder = !kind.resident || kind.whole;
  let group = 0;
  const commands = passes.flatMap(({ first, rows }, i): Command[] => {
    const row = first - start;
    const place = (name: keyof Wanted, width: number): Places => {
      const at = places[name];
      return at === undefined ? {} : { [name]: at + row * width };
    };
    const pass = {
      ...{ rows, first: row, tile: plan.tile, resident: kind.resident, predicts: kind.predicts },
      from: inOrder ? (kind.resident ? first : row) : undefined,
      ...{ weighted: kind.weighted, coded: kind.coded },
      samples: step.size,
      places: {
        loss: group,
        ...place('errors', 1),
        ...place('absolute', 1),
        ...place('predictions', outputDim),
      },
      gradient: kind.updates,
    };
    group += groups[i] ?? 0;
    const adds = from + i > 0;
    if (fused) return fusedCommands(setup, pass, plan, adds);
    const forward = forwardCommands(setup, pass);
    return kind.updates ? [...forward, ...backwardCommands(setup, pass, plan, adds)] : forward;
  });
  const isLast = kind.updates && to === plan.passes.length;
  const updates = isLast ? adamCommands(setup, plan.slices, step.size) : [];
  commands.push(...updates);
  const params = new Uint32Array((commands.length * paramsStride) / 4);
  const view = new DataView(params.buffer);
  commands.forEach((command, i) => writeParams(view, i * paramsStride, command.params));
  const counts = { size, passes: passes.length, parts, total, updates: updates.length };
  return { commands, params, first: start, places, ...counts };
}

/** Sets the numbers of a step's update. */
export function setUpdate({ commands, params, updates }: Program, factors: readonly number[]): void {
  const view = new DataView(params.buffer);
  for (let i = commands.length - updates; i < commands.length; i++) {
    const command = commands[i];
    if (command !== undefined) writeParams(view, i * paramsStride, { ...command.params, factors });
  }
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
  const places = { ...next('errors', 1), ...next('absolute', 1), ...next('predictions', outputDim) };
  return { places, total };
}
