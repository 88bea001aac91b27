// One worker's own weights and gradient, where ONNX Runtime can reach them: it takes no tensors over shared memory.
// What a graph writes lies apart from what it reads; after a run the two change places. Tensors are made once.
import { prefixes, type FrameSetup } from '../protocol.js';
import type { UpdateScalars } from '../../training/state.js';
import { Barrier, SharedParameters } from './shared.js';
import { FlatTensors, Pair } from './tensor-set.js';
import type { Feeds } from '../tensors.js';

/** What a step's passes do with the parameters. */
export interface ParameterStore {
  /** Before a job: takes the weights that everybody shares, where they do not lie on a device. */
  load?(): void;
  /** Before a step's passes: nothing is added up. */
  clearGradient(): void;
  feedWeights(feeds: Feeds): void;
  /** Adds what a pass reads and writes beside its samples; `update` on the last pass of a graph that updates. */
  feedPass(feeds: Feeds, fetches: Feeds, update: UpdateScalars | undefined): void;
  /** After a pass. */
  turn(updated: boolean): void;
  /** After the last pass, where that did not update: the update is everybody's when this returns on all workers. */
  finish?(part: number, parts: number, update: UpdateScalars): void;
  /** Brings weights and moments that live on a device to where all threads see them. */
  publish?(): Promise<void>;
  /** Takes weights and moments over from there. */
  restore?(): Promise<void>;
  /** Frees memory of a device. */
  release?(): Promise<void>;
}

/** On the CPU: the update is a kernel over shared memory, shared out among the workers. */
export class CpuParameters implements ParameterStore {
  readonly #shared: SharedParameters;
  readonly #barrier: Barrier;
  /** Views of what everybody shares: what sessions read and write, and what a kernel works on where it lies. */
  readonly #values: Float32Array;
  readonly #published: Float32Array;
  readonly #encoded: Float32Array;
  readonly #weights: FlatTensors;
  readonly #gradient: Pair<FlatTensors>;
  /** Passes have added to the table's gradient since an update set it back to 0. */
  #added = false;

  constructor({ slots, shared, barrier, index, encoding }: FrameSetup) {
    this.#shared = new SharedParameters(shared);
    this.#barrier = new Barrier(barrier);
    // A kernel's table is the first parameter.
    const own = encoding === undefined ? slots : slots.slice(1);
    const first = own[0]?.offset ?? 0;
    const gradient = this.#shared.gradient(index);
    this.#values = this.#shared.values.subarray(first);
    this.#published = gradient.subarray(first);
    this.#encoded = gradient.subarray(0, first);
    this.#weights = new FlatTensors(own);
    this.#gradient = new Pair(new FlatTensors(own), new FlatTensors(own));
  }

  load(): void {
    this.#weights.flat.set(this.#values);
  }

  clearGradient(): void {
    this.#gradient.current.flat.fill(0);
    if (this.#added) this.#encoded.fill(0);
    this.#added = false;
  }

  feedWeights(feeds: Feeds): void {
    this.#weights.addTo(feeds);
  }

  feedPass(feeds: Feeds, fetches: Feeds): void {
    this.#added = true;
    this.#weights.addTo(feeds);
    this.#gradient.current.addTo(feeds, prefixes.accumulated);
    this.#gradient.next.addTo(fetches, prefixes.gradient);
  }

  turn(): void {
    this.#gradient.turn();
  }

  finish(part: number, parts: number, update: UpdateScalars): void {
    this.#published.set(this.#gradient.current.flat);
    this.#shared.finish(this.#barrier, part, parts, update);
    this.#added = false;
  }
}
