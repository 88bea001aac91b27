// The commands that keep the density grid up on the device: what samples found goes into their cells, and every few steps cells are
// looked into that nothing passed through, and what counts as empty is worked out anew.
import { densityGridDefaults, probesFrom, type Looks } from '../../training/rays/density-grid.js';
import { groupsOf, once, type Command } from '../commands.js';
import type { Memory } from '../memory.js';
import {
  noteKernel,
  occupiedKernel,
  probeKernel,
  settleFlags,
  settleKernel,
  surveyGroups,
  surveyKernel,
  surveyLanes,
  tallyExponent,
  thresholdKernel,
} from '../wgsl/density.js';
import type { Writing } from '../wgsl/ids.js';

const { resolution, rate, probeRate } = densityGridDefaults;

/** Cells of the density grid. */
export const densityCells = resolution ** 3;

/** What the device has of the density grid beside its cells. */
export interface Survey {
  /** The density from which on a cell is not empty. */
  readonly threshold: number;
  /** The share of the cells that are not known to be empty. */
  readonly occupancy: number;
}

/** Numbers of the survey on the device. */
export const surveyWords = 2;

/** The survey out of those. */
export function surveyIn(words: Float32Array): Survey {
  const [, full = 0] = new Uint32Array(words.buffer, words.byteOffset, surveyWords);
  return { threshold: words[0] ?? 0, occupancy: full / densityCells };
}

/** Makes the grid's buffers; its cells come with `writeGrid`. */
export async function reserveGrid(memory: Memory): Promise<void> {
  await memory.reserve('cells', densityCells * 4);
  await memory.reserve('survey', surveyWords * 4);
  await memory.reserve('survey sums', surveyLanes * 8);
  // 0 as all new memory is, and again after every step.
  await memory.reserve('cell hits', densityCells * 4);
  await memory.reserve('cell sums', densityCells * 8);
}

/** Takes a grid over. */
export function writeGrid(memory: Memory, cells: Float32Array, { threshold, occupancy }: Survey): void {
  memory.write('cells', cells);
  const words = new Uint32Array(surveyWords);
  new Float32Array(words.buffer)[0] = threshold;
  words[1] = Math.round(occupancy * densityCells);
  memory.write('survey', words);
}

const lines = (rows: number): Command['groups'] => [Math.ceil(rows / 64), 1, 1];

/** What the notes of a step have in common. */
export interface Tally {
  /** Samples that are taken note of at most, before the cells' means move. */
  readonly samples: number;
  readonly mostLogDensity: number;
  readonly writing: Writing;
}

/** Takes note of what samples found. @param features the buffer of the density network's answers */
export function noteCommand(
  { samples, mostLogDensity, writing }: Tally,
  rows: number,
  features: string,
): Command {
  return {
    kernel: once(writing, 'note', () => noteKernel(writing)),
    buffers: [features, 'points', 'cell hits', 'cell sums'],
    params: {
      ...{ rows, inner: resolution },
      factors: [2 ** (tallyExponent(samples, mostLogDensity) - 32), mostLogDensity],
    },
    groups: lines(rows),
  };
}

/**
 * Moves the means of cells that were taken note of.
 * @param rows samples, where the points are still those that were taken note of; undefined: there were others before
 * @param by how far a sample moves its cell's mean
 */
export function settleCommand(
  { samples, mostLogDensity, writing }: Tally,
  rows: number | undefined,
  by: number = rate,
): Command {
  return {
    kernel: once(writing, 'settle', () => settleKernel(writing)),
    buffers: ['points', 'cell hits', 'cell sums', 'cells'],
    params: {
      ...{ rows: rows ?? densityCells, inner: resolution },
      flags: rows === undefined ? settleFlags.everywhere : 0,
      factors: [2 ** (32 - tallyExponent(samples, mostLogDensity)), by],
    },
    groups: groupsOf(rows ?? densityCells),
  };
}

/**
 * Looks into cells that nothing may have passed through.
 * @param steps taken
 * @param looks into which
 * @param atOnce points of a pass at most
 * @param densities the commands that look so many points up, and the buffer of their answers
 */
export function lookCommands(
  {
    seed,
    steps,
    looks,
    atOnce,
    ...shared
  }: Omit<Tally, 'samples'> & {
    readonly seed: number;
    readonly steps: number;
    readonly looks: Looks;
    readonly atOnce: number;
  },
  densities: (rows: number) => { readonly commands: readonly Command[]; readonly features: string },
): Command[] {
  const { before, count } = looks;
  const tally = { ...shared, samples: count };
  const { writing } = shared;
  const commands: Command[] = [];
  for (let first = 0; first < count; first += atOnce) {
    const rows = Math.min(atOnce, count - first);
    const looked = densities(rows);
    commands.push(
      {
        kernel: once(writing, 'probe', () => probeKernel(writing)),
        buffers: ['points'],
        params: {
          ...{ rows, first, inner: resolution, total: probesFrom(seed, before) },
          ...{ chunk: seed, block: steps },
        },
        groups: lines(rows),
      },
      ...looked.commands,
      noteCommand(tally, rows, looked.features),
    );
  }
  return [
    ...commands,
    settleCommand(tally, atOnce < count ? undefined : count, probeRate),
    {
      kernel: once(writing, 'survey', () => surveyKernel(writing)),
      buffers: ['cells', 'survey sums'],
      params: { rows: densityCells },
      groups: [surveyGroups, 1, 1],
    },
    {
      kernel: once(writing, 'threshold', () => thresholdKernel(writing)),
      buffers: ['survey sums', 'survey'],
      params: { rows: densityCells },
      groups: [1, 1, 1],
    },
    {
      kernel: once(writing, 'occupied', () => occupiedKernel(writing)),
      buffers: ['cells', 'survey'],
      params: { rows: densityCells },
      groups: [surveyGroups, 1, 1],
    },
  ];
}
