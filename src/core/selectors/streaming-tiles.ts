// What open selectors over tiles share: which sample a tile gives at its next visit. A tile's samples come in shuffled
// passes of its own, none twice before all came once, for four bytes a tile.
import { permuted, shuffleKey } from '../numeric/permutation.js';
import type { Random } from '../numeric/random.js';
import { BaseOpenSelector, damaged } from './streaming.js';
import { measureTiles, type TileLayout, type TileMeasures } from './tile-layout.js';
import type { JsonValue, Snapshot } from '../contracts.js';

/** Tiles that know which of their samples are neighbours: rows and columns of pixels. */
export interface PatchLayout extends TileLayout {
  /** Draws a patch of 2×2 neighbours inside a tile and writes their places in it, four of them, row by row. */
  patchAt(tile: number, random: Random, places: Uint32Array): void;
  /** How many of the samples of such a patch are the tile's i-th, on average. */
  coverage(tile: number, i: number): number;
}

/** The frame of an open selector over tiles. Four bytes a tile go with it. */
export abstract class OpenTiles<Layout extends TileLayout> extends BaseOpenSelector {
  protected readonly layout: Layout;
  protected readonly measures: TileMeasures;
  /** How often each tile gave a sample. */
  readonly #visits: Uint32Array;
  readonly #salt: number;

  constructor(
    common: { readonly strategy: string; readonly size: number; readonly seed: number },
    layout: Layout,
    settings: Readonly<Record<string, JsonValue>>,
  ) {
    const measures = measureTiles(layout, common.size);
    super(common, { tiles: layout.count, layout: measures.checksum, ...settings });
    this.layout = layout;
    this.measures = measures;
    this.#visits = new Uint32Array(layout.count);
    // Of the seed alone, so that it needs no place in snapshots.
    this.#salt = this.random.below(2 ** 32 - 1);
  }

  /** The place in a tile of the sample that it gives next. */
  protected nextPlace(tile: number, size: number): number {
    const visits = this.#visits;
    const visit = visits[tile] as number;
    visits[tile] = visit + 1;
    const pass = Math.floor(visit / size);
    return permuted(visit - pass * size, size, shuffleKey(tile, pass, this.#salt));
  }

  protected state(): Snapshot {
    return { values: {}, arrays: { visits: this.#visits.slice() } };
  }

  protected restoreState({ arrays }: Snapshot): void {
    const { visits } = arrays;
    if (!(visits instanceof Uint32Array) || visits.length !== this.layout.count) {
      throw damaged(`the visits of each of ${this.layout.count} tiles`);
    }
    this.#visits.set(visits);
  }
}
