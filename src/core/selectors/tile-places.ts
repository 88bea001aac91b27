// Which sample a tile gives at its next visit: a tile's samples come in shuffled passes of its own, none twice before all
// came once, for four bytes a tile.
import type { StateArray } from '../contracts.js';
import { permuted, shuffleKey } from '../numeric/permutation.js';
import type { Random } from '../numeric/random.js';
import { damaged } from './snapshot.js';

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

  /** A copy of the state. */
  get state(): Record<string, StateArray> {
    return { visits: this.#visits.slice() };
  }

  /** Checks a state, and gives what takes it over. @throws ResumeError */
  check({ visits }: Readonly<Record<string, StateArray>>): () => void {
    const count = this.#visits.length;
    if (!(visits instanceof Uint32Array) || visits.length !== count) {
      throw damaged(`the visits of each of ${count} tiles`);
    }
    return () => this.#visits.set(visits);
  }
}
