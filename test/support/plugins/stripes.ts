// A strategy of one's own: step t trains on every `gap`-th sample, beginning with the t-th.
import { BaseSelector, defineStrategy, integer, type Draw, type Plan, type SelectorContext } from 'evos';

class Stripes extends BaseSelector {
  readonly #gap: number;

  constructor(context: SelectorContext, settings: { readonly gap: number }) {
    super('stripes', context, settings);
    this.#gap = settings.gap;
  }

  protected override choose(draw: Draw, most: number, step: number): Plan {
    draw.resize(Math.min(most, Math.ceil(this.size / this.#gap)));
    for (let i = 0; i < draw.size; i++) draw.indices[i] = (step + i * this.#gap) % this.size;
    return {};
  }
}

export default defineStrategy({
  name: 'stripes',
  summary: 'evenly spaced samples, another comb at every step',
  settings: {
    /** Samples from one that is trained on to the next. */
    gap: integer({ min: 1, default: 4 }),
  },
  needs: [],
  create: (context, settings) => new Stripes(context, settings),
});
