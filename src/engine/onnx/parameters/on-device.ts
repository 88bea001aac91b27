// The parameters of a device with a single worker. Weights, moments and the gradient between micro-batches live where
// the graphs run (see device-memory.ts) and do not leave it for a step: the last pass updates them in the same graph.
// The CPU gets them when it asks.
import { DeviceMemory } from './device-memory.js';
import type { ParameterStore } from './store.js';
import { prefixes, type FrameSetup } from '../protocol.js';
import type { UpdateScalars } from '../../training/state.js';
import { SharedParameters } from './shared.js';
import { FlatTensors, Pair, type TensorSet } from './tensor-set.js';
import type { Feeds } from '../tensors.js';

/** What lies on the device. */
interface Resident {
  readonly weights: Pair<TensorSet>;
  readonly m: Pair<TensorSet>;
  readonly v: Pair<TensorSet>;
  readonly gradient: Pair<TensorSet>;
  /** Never written to. */
  readonly zero: TensorSet;
}

/** On another device than the CPU, with a single worker. */
export class DeviceParameters implements ParameterStore {
  /** What the next pass adds its gradient to. */
  #accumulated: TensorSet;

  /** Allocates on the device, and takes over what is in shared memory. */
  static async open({ execution, slots, shared }: FrameSetup): Promise<DeviceParameters> {
    const memory = await DeviceMemory.open(execution, slots);
    const stage = new FlatTensors(slots);
    const allocate = (): Promise<TensorSet> => memory.allocate(stage);
    const pair = async (): Promise<Pair<TensorSet>> => new Pair(await allocate(), await allocate());
    const resident = {
      weights: await pair(),
      m: await pair(),
      v: await pair(),
      gradient: await pair(),
      zero: await allocate(),
    };
    const store = new DeviceParameters(new SharedParameters(shared), memory, stage, resident);
    await store.restore();
    return store;
  }

  private constructor(
    private readonly shared: SharedParameters,
    private readonly memory: DeviceMemory,
    /** On the CPU: the binding takes no tensors over shared memory. */
    private readonly stage: FlatTensors,
    private readonly resident: Resident,
  ) {
    this.#accumulated = resident.zero;
  }

  clearGradient(): void {
    this.#accumulated = this.resident.zero;
  }

  feedWeights(feeds: Feeds): void {
    this.resident.weights.current.addTo(feeds);
  }

  feedPass(feeds: Feeds, fetches: Feeds, update: UpdateScalars | undefined): void {
    const { weights, m, v, gradient } = this.resident;
    weights.current.addTo(feeds);
    this.#accumulated.addTo(feeds, prefixes.accumulated);
    if (update === undefined) {
      gradient.next.addTo(fetches, prefixes.gradient);
      return;
    }
    m.current.addTo(feeds, prefixes.m);
    v.current.addTo(feeds, prefixes.v);
    weights.next.addTo(fetches, prefixes.next);
    m.next.addTo(fetches, prefixes.next + prefixes.m);
    v.next.addTo(fetches, prefixes.next + prefixes.v);
  }

  turn(updated: boolean): void {
    const { weights, m, v, gradient } = this.resident;
    if (updated) {
      for (const pair of [weights, m, v]) pair.turn();
      return;
    }
    gradient.turn();
    this.#accumulated = gradient.current;
  }

  async publish(): Promise<void> {
    for (const [pair, numbers] of this.#state()) {
      await this.memory.copy(pair.current, this.stage);
      numbers.set(this.stage.flat);
    }
  }

  async restore(): Promise<void> {
    for (const [pair, numbers] of this.#state()) {
      this.stage.flat.set(numbers);
      await this.memory.copy(this.stage, pair.current);
    }
  }

  async release(): Promise<void> {
    const { weights, m, v, gradient, zero } = this.resident;
    for (const part of [weights, m, v, gradient, zero]) part.dispose();
    await this.memory.release();
  }

  /** What a step leaves behind, and its place in shared memory. */
  #state(): (readonly [Pair<TensorSet>, Float32Array])[] {
    const { weights, m, v } = this.resident;
    return [
      [weights, this.shared.values],
      [m, this.shared.m],
      [v, this.shared.v],
    ];
  }
}
