// Uniform draws, the plain strategy that every other one is measured against: a share of the pool, drawn afresh at every
// step, or shuffled passes over pools too large for that.
import type { Selector, Snapshot } from '../contracts.js';
import { copiedUpTo } from '../numeric/draw.js';
import { grown } from '../numeric/growable-array.js';
import { Passes } from '../numeric/permutation.js';
import { shuffleHead, SparseShuffle } from '../numeric/sparse-draw.js';
import { choice, number, toggle } from '../settings.js';
import { BaseSelector, type Plan } from './base.js';
import type { Draw } from './draw.js';
import { membersOf, Rejections } from './members.js';
import { countsAt, ratioAt, ratioSchedules, stepsFor, type RatioSchedule } from './schedules.js';
import { damaged } from './snapshot.js';
import { defineStrategy, makeSelector, type OptionsOf, type SelectorContext } from './strategy.js';

interface Settings {
  readonly ratio: number;
  readonly schedule: RatioSchedule;
}

/** Draws without repeats, afresh at every step. Its memory grows with what is drawn, to 4 bytes a sample of the pool. */
class UniformSelector extends BaseSelector {
  readonly #settings: Settings;
  readonly #members: Uint32Array<ArrayBuffer> | undefined;
  readonly #steps: number;
  readonly #shuffle = new SparseShuffle();
  #drawn = new Uint32Array(0);

  constructor(context: SelectorContext, settings: Settings) {
    super('uniform', context, settings);
    this.#settings = settings;
    this.#members = membersOf(context);
    this.#steps = stepsFor('uniform', context.steps, settings.schedule !== 'constant');
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

/** Shuffled passes: every sample once before any comes again. No memory of the pool's size. */
class PassSelector extends BaseSelector {
  readonly #ratio: number;
  readonly #passes = new Passes();
  readonly #rejections: Rejections;

  constructor(context: SelectorContext, settings: Settings) {
    super('uniform', context, settings);
    this.#ratio = settings.ratio;
    this.#rejections = new Rejections(context);
    this.#passes.start(this.size, this.random);
  }

  protected choose(draw: Draw, most: number): Plan {
    const asked = most < Infinity ? most : countsAt(this.#ratio, 0, this.size).total;
    draw.resize(asked);
    const { indices } = draw;
    for (let i = 0; i < asked;) {
      const index = this.#passes.next(this.random);
      if (!this.#rejections.rejects(index)) indices[i++] = index;
    }
    return {};
  }

  protected override state(): Snapshot {
    return { values: { passes: [...this.#passes.state] }, arrays: {} };
  }

  protected override restoreState({ values }: Snapshot): () => void {
    const { passes } = values;
    if (!Passes.isState(passes, this.size)) throw damaged(`a place in a pass over ${this.size} samples`);
    return () => (this.#passes.state = passes);
  }
}

/** A uniform share of the pool. */
export const uniformStrategy = defineStrategy({
  name: 'uniform',
  summary: 'a share of the samples, drawn uniformly at every step',
  settings: {
    /** Share of the samples that a step trains on. Half, as EVOS has it, so that both do the same work. */
    ratio: number({ above: 0, max: 1, default: 0.5 }),
    /** How that share moves over the run. */
    schedule: choice(ratioSchedules, 'constant'),
    /**
     * Whether samples come in shuffled passes, every one once before any comes again: for pools too large to draw a share
     * of. The schedule is then not used.
     */
    passes: toggle(false),
  },
  // The stronger of the two baselines, at no cost.
  tiled: { passes: true },
  needs: [],
  create: (context, settings) =>
    settings.passes ? new PassSelector(context, settings) : new UniformSelector(context, settings),
});

/** Makes a selector that draws ⌊ratio·N⌋ samples uniformly and without repeats at every step, or passes over the pool. */
export function uniform(options: OptionsOf<typeof uniformStrategy.settings>): Selector {
  return makeSelector(uniformStrategy, options);
}
