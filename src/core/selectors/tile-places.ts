// Which sample a tile gives at its next visit: a tile's samples come in shuffled passes of its own, none twice before all
// came once, for four bytes a tile.
import { permuted, shuffleKey } from '../numeric/permutation.js';
import type { Random } from '../numeric/random.js';
import { array, type State } from '../state.js';

/** The samples of tiles, one after the other. */
export class TilePlaces {
  /** How often each tile gave a sample. */
  readonly #visits: Uint32Array;
  readonly #salt: number;

  /** @param count tiles @param random as the seed leaves it: then the salt needs no place in snapshots */
  constructor(count: number, random: Random) {
    this.#visits = new Uint32Array(count);
    this.#salt = random.below(2 ** 32 - 1);
  }

  /** The place in a tile of `size` samples of the one that it gives next. */
  next(tile: number, size: number): number {
    const visits = this.#visits;
    const visit = visits[tile] as number;
    visits[tile] = visit + 1;
    const pass = Math.floor(visit / size);
    return permuted(visit - pass * size, size, shuffleKey(tile, pass, this.#salt));
  }

  get state(): State {
    return { visits: array(this.#visits, `the visits of each of ${this.#visits.length} tiles`) };
  }
}
