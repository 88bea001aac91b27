// Open selections in snapshots: every kind of them comes back as it was, and what fits no selector is refused.
import { describe, expect, it } from 'vitest';
import type { JsonValue, Snapshot } from '../../../src/core/contracts.js';
import { ResumeError } from '../../../src/core/errors.js';
import { Draw } from '../../../src/core/selectors/draw.js';
import { restoreDraws, saveDraws } from '../../../src/core/selectors/open-draws.js';

const size = 20;

/** One of each kind: all samples, some with notes, some that stand for blocks, two more with notes. */
function draws(): Draw[] {
  const [all, noted, blocks, last] = [new Draw(), new Draw(), new Draw(), new Draw()];
  // What an earlier selection left is not saved.
  all.resize(3);
  all.takeAll(size);
  noted.resize(2);
  noted.indices.set([7, 19]);
  noted.note();
  noted.notes.set([0.5, 0.25]);
  blocks.resize(3, true);
  blocks.indices.set([0, 1, 5]);
  blocks.individuals.set([2, 0, 1]);
  blocks.inverse.set([1, 2, 4]);
  blocks.patches = 1;
  last.resize(1);
  last.indices.set([3]);
  last.note();
  last.notes.set([8]);
  const open = [all, noted, blocks, last];
  open.forEach((draw, i) => {
    [draw.id, draw.step, draw.open, draw.awaited] = [i + 6, i + 2, true, i === 3];
    draw.wants = i === 2 ? ['errors', 'predictions'] : ['errors'];
  });
  return open;
}

function throughJson({ values, arrays }: Snapshot): Snapshot {
  return { values: JSON.parse(JSON.stringify(values)) as Snapshot['values'], arrays };
}

describe('open selections', () => {
  it('are saved one behind the other', () => {
    const { values, arrays } = saveDraws(draws());
    const common = {
      patches: 0,
      wants: ['errors'],
      whole: false,
      awaited: false,
      blocks: false,
      noted: false,
    };
    expect(values).toEqual({
      open: [
        { ...common, id: 6, step: 2, size: 20, whole: true },
        { ...common, id: 7, step: 3, size: 2, noted: true },
        { ...common, id: 8, step: 4, size: 3, patches: 1, wants: ['errors', 'predictions'], blocks: true },
        { ...common, id: 9, step: 5, size: 1, awaited: true, noted: true },
      ],
    });
    expect(arrays).toEqual({
      openIndices: Uint32Array.of(7, 19, 0, 1, 5, 3),
      openIndividuals: Uint32Array.of(2, 0, 1),
      openInverse: Float32Array.of(1, 2, 4),
      openNotes: Float32Array.of(0.5, 0.25, 8),
    });
  });

  it('come back as they were', () => {
    const told = ({ indices, individuals, inverse, notes, ...rest }: Draw): object => ({
      ...{ ...rest, ...(rest.whole ? {} : { indices: [...indices], individuals: [...individuals] }) },
      ...{ inverse: [...inverse], notes: [...notes] },
    });
    const saved = saveDraws(draws());
    expect(restoreDraws(throughJson(saved), size, 4, 9).map(told)).toEqual(draws().map(told));
    expect(restoreDraws(saveDraws([]), size, 1, 0)).toEqual([]);
    // Copies: a report that is read later finds them whatever has become of the snapshot.
    const [, second] = restoreDraws(saved, size, 4, 9);
    saved.arrays['openIndices']!.fill(0);
    expect([...second!.indices]).toEqual([7, 19]);
  });

  const first = (more: object): ((s: Snapshot) => Snapshot) => change(0, more);
  function change(at: number, more: object): (s: Snapshot) => Snapshot {
    return ({ values, arrays }) => {
      const open = (values['open'] as Record<string, JsonValue>[]).map((one, i) =>
        i === at ? { ...one, ...more } : one,
      );
      return { values: { open }, arrays };
    };
  }
  const swap =
    (arrays: Snapshot['arrays']) =>
    (s: Snapshot): Snapshot => ({ ...s, arrays: { ...s.arrays, ...arrays } });

  it.each<[string, (s: Snapshot) => Snapshot]>([
    ['a list that is none', (s) => ({ ...s, values: { open: { length: 0 } } })],
    ['one that is nothing', (s) => ({ ...s, values: { open: [null, null, null, null] } })],
    ['one that is a number', (s) => ({ ...s, values: { open: [1] } })],
    ['an id beyond the last', change(3, { id: 10 })],
    ['an id that the ring has given up', first({ id: 5 })],
    ['an id below 0', first({ id: -1 })],
    ['half a step', first({ step: 1.5 })],
    ['a step below 0', first({ step: -1 })],
    ['a size below 0', change(1, { size: -2 })],
    ['no patches', first({ patches: undefined })],
    ['patches below 0', first({ patches: -1 })],
    ['a flag that is a number', first({ whole: 1 })],
    ['blocks by a word', first({ blocks: 'no' })],
    ['no word of notes', first({ noted: undefined })],
    ['awaited by null', first({ awaited: null })],
    ['wants that are no list', first({ wants: 'errors' })],
    ['more samples than are listed', change(3, { size: 2 })],
    ['fewer samples than are listed', swap({ openIndices: Uint32Array.of(7, 19, 0, 1, 5, 3, 2) })],
    ['all samples that are listed', change(1, { whole: true })],
    ['more blocks than are listed', first({ blocks: true })],
    ['fewer blocks than are listed', change(2, { blocks: false })],
    ['more notes than are listed', change(2, { noted: true })],
    ['fewer notes than are listed', change(3, { noted: false })],
    ['a sample beyond the pool', swap({ openIndices: Uint32Array.of(7, 20, 0, 1, 5, 3) })],
    ['more samples than there is memory for', change(1, { size: 2 ** 45 })],
    ['more notes than there is memory for', first({ size: 2 ** 45, noted: true })],
    ['blocks without shares', swap({ openIndividuals: Uint32Array.of(2, 0, 1, 1) })],
    ['shares of other blocks', swap({ openInverse: Float32Array.of(1, 2) })],
    ['indices that are floats', swap({ openIndices: new Float32Array(6) })],
    ['individuals that are floats', swap({ openIndividuals: new Float32Array(3) })],
    ['shares that are whole numbers', swap({ openInverse: new Uint32Array(3) })],
    ['notes that are whole numbers', swap({ openNotes: new Uint32Array(3) })],
  ])('are refused: %s', (_, damage) => {
    const restore = (): Draw[] => restoreDraws(damage(saveDraws(draws())), size, 4, 9);
    expect(restore).toThrow(ResumeError);
    expect(restore).toThrow(
      'expected at most 4 selections waiting for a report, of samples below 20. Start again',
    );
  });

  it('are refused where they are more than may wait', () => {
    const [first, ...others] = draws();
    for (const [most, open] of [
      [3, [first!, ...others]],
      [4, [first!, first!, ...others]],
    ] as const) {
      expect(() => restoreDraws(saveDraws(open), size, most, 9)).toThrow(
        `expected at most ${most} selections`,
      );
    }
  });
});
