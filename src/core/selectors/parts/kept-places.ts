// The samples that may be drawn in an order whose tail is kept: steps train on the tail, and on random ones of the others.
import { Draw as Drawer } from '../../numeric/draw.js';
import type { Random } from '../../numeric/random.js';
import { membersOf } from '../members.js';
import type { SelectorContext } from '../strategy.js';

/** Holds 4 bytes a sample, and as much again as what is drawn. */
export class KeptPlaces {
  /** The samples that are not excluded, if any are. Places are of this list. */
  readonly members: Uint32Array<ArrayBuffer> | undefined;
  /** How many places there are. */
  readonly count: number;
  /** `[count]`, the kept ones last; to be written. */
  readonly order: Uint32Array<ArrayBuffer>;
  readonly #drawer: Drawer;

  constructor(context: Pick<SelectorContext, 'size' | 'excluded'>) {
    this.members = membersOf(context);
    this.count = this.members?.length ?? context.size;
    this.order = Uint32Array.from({ length: this.count }, (_, i) => i);
    this.#drawer = new Drawer(this.count);
  }

  /**
   * All of the last `kept` places and `random` of the others, or `most` of these, drawn as if all had been drawn first.
   * @returns samples; owned by this object, valid until the next draw
   */
  draw(kept: number, random: number, most: number, source: Random): Uint32Array<ArrayBuffer> {
    const count = Math.min(most, kept + random);
    if (count === kept + random) return this.drawBoth(kept, kept, random, source);
    // How many of them are random follows the hypergeometric distribution.
    let left = random;
    for (let all = kept + random; all > kept + random - count; all--) if (source.below(all) < left) left--;
    return this.drawBoth(kept, count - (random - left), random - left, source);
  }

  /** `fromKept` of the last `kept` places and `fromOthers` of those before them, without repeats. */
  drawBoth(kept: number, fromKept: number, fromOthers: number, source: Random): Uint32Array<ArrayBuffer> {
    const [drawer, order, others] = [this.#drawer, this.order, this.count - kept];
    drawer.clear();
    if (fromKept === kept) drawer.take(order, others, kept);
    else drawer.atRandom(order, others, kept, fromKept, source);
    drawer.atRandom(order, 0, others, fromOthers, source);
    const { indices } = drawer;
    const { members } = this;
    if (members !== undefined) for (let i = 0; i < indices.length; i++) indices[i] = members[indices[i]!]!;
    return indices;
  }
}
