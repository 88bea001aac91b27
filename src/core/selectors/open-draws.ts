// Selections whose report is still to come, as snapshots hold them: oldest first, their arrays one behind the other.
import type { JsonValue, Snapshot, StateArray, Want } from '../contracts.js';
import type { Draw } from './draw.js';
import { damaged } from './snapshot.js';

/** One open selection of a snapshot. */
export interface OpenDraw {
  readonly values: { readonly id: number; readonly whole: boolean };
  readonly indices: Uint32Array;
  /** Makes a draw this selection. */
  readonly fill: (draw: Draw) => void;
}

/** Copies of the open selections. */
export function openDraws(draws: readonly Draw[]): {
  readonly values: JsonValue[];
  readonly arrays: Record<string, StateArray>;
} {
  const open = draws.filter((draw) => draw.open).sort((a, b) => a.id - b.id);
  const listed = open.filter((draw) => !draw.whole);
  const blocks = open.filter(hasBlocks);
  return {
    values: open.map((draw) => {
      const { id, step, size, whole, patches, wants, awaited } = draw;
      return { id, step, size, whole, patches, wants: [...wants], awaited, blocks: hasBlocks(draw) };
    }),
    arrays: {
      openIndices: Uint32Array.from(listed.flatMap(({ indices }) => [...indices])),
      openIndividuals: Uint32Array.from(blocks.flatMap(({ individuals }) => [...individuals])),
      openInverse: Float32Array.from(blocks.flatMap(({ inverse }) => [...inverse])),
    },
  };
}

/**
 * Checks the open selections of a snapshot.
 * @param most how many there may be
 * @param last the id of the selection handed out last
 * @throws ResumeError
 */
export function restoreDraws(snapshot: Snapshot, size: number, most: number, last: number): OpenDraw[] {
  const { openIndices, openIndividuals, openInverse } = snapshot.arrays;
  const { open } = snapshot.values;
  const complaint = damaged(`at most ${most} selections waiting for a report, of samples below ${size}`);
  if (
    !Array.isArray(open) ||
    open.length > most ||
    !(openIndices instanceof Uint32Array) ||
    !(openIndividuals instanceof Uint32Array) ||
    !(openInverse instanceof Float32Array) ||
    openInverse.length !== openIndividuals.length ||
    openIndices.some((index) => index >= size)
  ) {
    throw complaint;
  }
  let [listed, blocked] = [0, 0];
  const draws = open.map((value): OpenDraw => {
    if (!isOpenValue(value) || value.id > last || value.id <= last - most) throw complaint;
    const [from, blocksFrom] = [listed, blocked];
    if (!value.whole) listed += value.size;
    if (value.blocks) blocked += value.size;
    const indices = openIndices.subarray(from, listed);
    const individuals = openIndividuals.subarray(blocksFrom, blocked);
    const inverse = openInverse.subarray(blocksFrom, blocked);
    return { values: value, indices, fill: (draw) => fill(draw, value, indices, individuals, inverse) };
  });
  if (listed !== openIndices.length || blocked !== openIndividuals.length) throw complaint;
  return draws;
}

interface OpenValue {
  readonly id: number;
  readonly step: number;
  readonly size: number;
  readonly patches: number;
  readonly whole: boolean;
  readonly blocks: boolean;
  readonly awaited: boolean;
  readonly wants: readonly Want[];
}

const counts = ['id', 'step', 'size', 'patches'];
const flags = ['whole', 'blocks', 'awaited'];

function isOpenValue(value: unknown): value is OpenValue {
  if (typeof value !== 'object' || value === null) return false;
  const known = new Map<string, unknown>(Object.entries(value));
  return (
    counts.every((name) => Number.isSafeInteger(known.get(name)) && Number(known.get(name)) >= 0) &&
    flags.every((name) => typeof known.get(name) === 'boolean') &&
    Array.isArray(known.get('wants'))
  );
}

function hasBlocks(draw: Draw): boolean {
  return !draw.whole && draw.inverse.length > 0;
}

function fill(
  draw: Draw,
  value: OpenValue,
  indices: Uint32Array,
  individuals: Uint32Array,
  inverse: Float32Array,
): void {
  draw.clear();
  if (value.whole) draw.takeAll(value.size);
  else {
    draw.resize(value.size, value.blocks);
    draw.indices.set(indices);
    if (value.blocks) {
      draw.individuals.set(individuals);
      draw.inverse.set(inverse);
    }
  }
  const { id, step, patches, awaited, wants } = value;
  Object.assign(draw, { id, step, patches, awaited, wants, open: true });
}
