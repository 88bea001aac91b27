// Selections whose report is still to come, as snapshots hold them: oldest first, their arrays one behind the other.
import type { Snapshot, Want } from '../contracts.js';
import { damaged } from '../state.js';
import { Draw } from './draw.js';

/** Copies of the open selections. */
export function saveDraws(open: readonly Draw[]): Snapshot {
  const listed = open.filter((draw) => !draw.whole);
  const blocks = listed.filter((draw) => draw.inverse.length > 0);
  return {
    values: {
      open: open.map((draw) => {
        const { id, step, size, whole, patches, wants, awaited } = draw;
        const has = { blocks: blocks.includes(draw), noted: draw.notes.length > 0 };
        return { id, step, size, whole, patches, wants: [...wants], awaited, ...has };
      }),
    },
    arrays: {
      openIndices: Uint32Array.from(listed.flatMap(({ indices }) => [...indices])),
      openIndividuals: Uint32Array.from(blocks.flatMap(({ individuals }) => [...individuals])),
      openInverse: Float32Array.from(blocks.flatMap(({ inverse }) => [...inverse])),
      openNotes: Float32Array.from(open.flatMap(({ notes }) => [...notes])),
    },
  };
}

/**
 * The open selections of a snapshot.
 * @param most how many there may be
 * @param last the id of the selection handed out last
 * @throws ResumeError
 */
export function restoreDraws({ values, arrays }: Snapshot, size: number, most: number, last: number): Draw[] {
  const { openIndices, openIndividuals, openInverse, openNotes } = arrays;
  const { open } = values;
  const complaint = damaged(`at most ${most} selections waiting for a report, of samples below ${size}`);
  if (
    !Array.isArray(open) ||
    open.length > most ||
    !(openIndices instanceof Uint32Array) ||
    !(openIndividuals instanceof Uint32Array) ||
    !(openInverse instanceof Float32Array) ||
    !(openNotes instanceof Float32Array) ||
    openInverse.length !== openIndividuals.length ||
    openIndices.some((index) => index >= size)
  ) {
    throw complaint;
  }
  let [listed, blocked, noted] = [0, 0, 0];
  const draws = open.map((value: unknown): Draw => {
    if (!isOpenValue(value) || value.id > last || value.id <= last - most) throw complaint;
    const { blocks, noted: notes, ...said } = value;
    const [from, blocksFrom, notesFrom] = [listed, blocked, noted];
    if (!said.whole) listed += said.size;
    if (blocks) blocked += said.size;
    if (notes) noted += said.size;
    if (listed > openIndices.length || blocked > openInverse.length || noted > openNotes.length)
      throw complaint;
    const draw = new Draw();
    if (!said.whole) {
      draw.resize(said.size, blocks);
      draw.indices.set(openIndices.subarray(from, listed));
    }
    if (blocks) {
      draw.individuals.set(openIndividuals.subarray(blocksFrom, blocked));
      draw.inverse.set(openInverse.subarray(blocksFrom, blocked));
    }
    Object.assign(draw, said, { open: true });
    if (notes) {
      draw.note();
      draw.notes.set(openNotes.subarray(notesFrom, noted));
    }
    return draw;
  });
  if (listed !== openIndices.length || blocked !== openInverse.length || noted !== openNotes.length) {
    throw complaint;
  }
  return draws;
}

interface OpenValue extends Pick<Draw, 'id' | 'step' | 'size' | 'patches' | 'whole' | 'awaited'> {
  readonly blocks: boolean;
  readonly noted: boolean;
  readonly wants: readonly Want[];
}

const counts = ['id', 'step', 'size', 'patches'];
const flags = ['whole', 'blocks', 'noted', 'awaited'];

function isOpenValue(value: unknown): value is OpenValue {
  if (typeof value !== 'object' || value === null) return false;
  const known = new Map<string, unknown>(Object.entries(value));
  return (
    counts.every((name) => Number.isSafeInteger(known.get(name)) && Number(known.get(name)) >= 0) &&
    flags.every((name) => typeof known.get(name) === 'boolean') &&
    Array.isArray(known.get('wants'))
  );
}
