// Which samples may be drawn where some are excluded: of pools, of tiles, and in draws that meet excluded ones.
import { describe, expect, it } from 'vitest';
import type { TileLayout } from '../../../src/core/contracts.js';
import { ArgumentError } from '../../../src/core/errors.js';
import { at } from '../oracle.js';
import { membersOf, Rejections, TileMembers } from '../../../src/core/selectors/members.js';

const allExcluded = 'All samples are excluded, expected some to train on: check the masks.';

/** Samples are asked for that the pool has, and no others. */
function masked(
  size: number,
  excluded: (index: number) => boolean,
): { size: number; excluded: (index: number) => boolean } {
  return {
    size,
    excluded: (index) => {
      if (!(index < size)) throw new RangeError(`no sample ${index} of ${size}`);
      return excluded(index);
    },
  };
}

/** Tiles of these sizes, one behind the other. */
function tilesOf(...sizes: number[]): TileLayout {
  const first = sizes.map((_, tile) => sizes.slice(0, tile).reduce((sum, size) => sum + size, 0));
  return {
    count: sizes.length,
    sizeOf: (tile) => at(sizes, tile),
    sampleAt: (tile, i) => at(first, tile) + i,
  };
}

describe('the members of a pool', () => {
  it('are those that are not excluded, and no list where none is', () => {
    expect(membersOf(masked(6, (i) => i % 3 === 0))).toEqual(Uint32Array.of(1, 2, 4, 5));
    expect(membersOf(masked(6, () => false))).toBeUndefined();
    expect(membersOf({ size: 6 })).toBeUndefined();
    expect(() => membersOf(masked(6, () => true))).toThrow(ArgumentError);
    expect(() => membersOf(masked(6, () => true))).toThrow(allExcluded);
  });
});

describe('rejections', () => {
  it('reject the excluded, and nothing where nothing can be', () => {
    const some = new Rejections({ size: 4, excluded: (i) => i !== 2 });
    expect([some.possible, ...[0, 1, 2, 3].map((i) => some.rejects(i))]).toEqual([
      true,
      true,
      true,
      false,
      true,
    ]);
    const none = new Rejections({ size: 4 });
    expect([none.possible, none.rejects(0)]).toEqual([false, false]);
  });

  it('look at the whole pool after 4,096 in a row, and end where all are excluded', () => {
    for (const open of [-1, 0, 9]) {
      let looks = 0;
      const rejections = new Rejections(masked(10, (i) => (looks++, i !== open)));
      const rejected = (count: number): number =>
        Array.from({ length: count }, () => rejections.rejects(5)).filter(Boolean).length;
      expect(rejected(4095)).toBe(4095);
      if (open >= 0) {
        // One that may be drawn: they count anew.
        expect(rejections.rejects(open)).toBe(false);
        expect(rejected(4095)).toBe(4095);
        expect(looks).toBe(4095 + 1 + 4095);
        expect(rejections.rejects(5)).toBe(true);
        // The last and those up to the first that may be drawn.
        expect(looks).toBe(4095 + 1 + 4096 + open + 1);
      } else expect(() => rejections.rejects(5)).toThrow(allExcluded);
    }
  });
});

describe('the members of tiles', () => {
  it('are counted once when somebody asks, from 256 samples of each spread over it, or from all if those are excluded', () => {
    const layout = tilesOf(512, 3, 1000, 256, 5);
    const [second, third, fourth, fifth] = [512, 515, 1515, 1771];
    let looks = 0;
    const excluded = (index: number): boolean => {
      looks++;
      if (index < second) return index >= 128;
      if (index < third) return true;
      // Of the third tile only the last: not among every fourth or so.
      if (index < fourth) return index !== fourth - 1;
      return index < fifth ? index < fourth + 100 : index === fifth;
    };
    const members = new TileMembers(layout, masked(1776, excluded));
    expect(looks).toBe(0);
    // A quarter of those looked at; none; one; all were looked at.
    expect([0, 1, 2, 3, 4].map((tile) => members.of(tile))).toEqual([128, 0, 1, 156, 4]);
    expect(looks).toBe(256 + 3 + 256 + 1000 + 256 + 5);
    expect([members.tiles, members.samples]).toEqual([4, 289]);
    expect(looks).toBe(256 + 3 + 256 + 1000 + 256 + 5);
    const fitness = Float32Array.of(0, 7, 3, 0.5, 0);
    members.putLast(fitness);
    expect(fitness).toEqual(Float32Array.of(2 ** -126, 0, 3, 0.5, 2 ** -126));
  });

  it('are all of them where none can be excluded', () => {
    const members = new TileMembers(tilesOf(5, 7), { size: 12 });
    expect([members.tiles, members.samples, members.of(0), members.of(1)]).toEqual([2, 12, 5, 7]);
    const fitness = Float32Array.of(0, 3);
    members.putLast(fitness);
    expect(fitness).toEqual(Float32Array.of(0, 3));
  });

  it('must be some', () => {
    const members = new TileMembers(tilesOf(5, 700), { size: 705, excluded: () => true });
    expect(() => members.tiles).toThrow(allExcluded);
  });
});
