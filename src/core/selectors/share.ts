// A share of the pool at every step, drawn uniformly and without repeats; all of it where the share is 1.
import { copiedUpTo } from '../numeric/draw.js';
import { grown } from '../numeric/growable-array.js';
import { shuffleHead, SparseShuffle } from '../numeric/sparse-draw.js';
import { BaseSelector, type Plan } from './base.js';
import type { Draw } from './draw.js';
import { membersOf } from './members.js';
import { countsAt, ratioAt, stepsFor, type RatioSchedule } from './schedules.js';
import type { SelectorContext } from './strategy.js';

/** How large the share is. */
export interface ShareSettings {
  readonly ratio: number;
  readonly schedule: RatioSchedule;
}

/** Draws without repeats, afresh at every step. Its memory grows with what is drawn, to 4 bytes a sample of the pool. */
export class ShareSelector extends BaseSelector {
  readonly #settings: ShareSettings;
  readonly #members: Uint32Array<ArrayBuffer> | undefined;
  readonly #steps: number;
  readonly #shuffle = new SparseShuffle();
  #drawn = new Uint32Array(0);

  constructor(strategy: string, context: SelectorContext, { ratio, schedule }: ShareSettings) {
    super(strategy, context, { ratio, schedule });
    this.#settings = { ratio, schedule };
    this.#members = membersOf(context);
    this.#steps = stepsFor(strategy, context.steps, schedule !== 'constant');
  }

  protected choose(draw: Draw, most: number, step: number): Plan {
    const { ratio: initial, schedule } = this.#settings;
    const ratio = ratioAt(schedule, initial, step, this.#steps);
    const members = this.#members;
    const available = members?.length ?? this.size;
    const count = Math.min(most, countsAt(ratio, 0, available).total);
    if (count < available) draw.take(this.#draw(count, available));
    else if (members === undefined) draw.takeAll(available);
    else draw.take(members);
    return { ratio };
  }

  /** The same samples either way: the head of one and the same shuffle of 0 … n − 1. */
  #draw(count: number, available: number): Uint32Array<ArrayBuffer> {
    const members = this.#members;
    if (available <= copiedUpTo * count) {
      this.#drawn = grown(this.#drawn, available, available);
      for (let i = 0; i < available; i++) this.#drawn[i] = i;
      shuffleHead(this.#drawn.subarray(0, available), count, this.random);
    } else {
      this.#drawn = grown(this.#drawn, count, available);
      this.#shuffle.start(available, count);
      for (let i = 0; i < count; i++) this.#drawn[i] = this.#shuffle.next(this.random);
    }
    const drawn = this.#drawn.subarray(0, count);
    if (members !== undefined) for (let i = 0; i < count; i++) drawn[i] = members[drawn[i]!]!;
    return drawn;
  }
}
