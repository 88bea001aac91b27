// Memory of a device, as far as the binding gives any. On WebGPU a tensor comes to lie on the device as the output of
// a session that was told to leave it there; from then on sessions read it and write into it like any other. There is
// no other way to fill one, nor to read it (`Tensor.getData` ends the process, onnxruntime-node 1.30), so a graph that
// only copies does both. What is not disposed of is never freed.
//
// On CUDA the binding hands every output back to the CPU: there tensors stay on the CPU, and travel with every run.
import * as ort from 'onnxruntime-node';
import { EvosError } from '../../../core/errors.js';
import type { ParameterSlot } from './layout.js';
import type { Execution } from '../execution.js';
import { disposeOfAliases, sessionOptions } from '../sessions.js';
import { TensorSet } from './tensor-set.js';
import type { Feeds } from '../tensors.js';

const copied = 'copy/';

/** Makes and copies sets of tensors that all have the same names and shapes. */
export class DeviceMemory {
  readonly #execution: Execution;
  readonly #location: 'gpu-buffer' | 'cpu';
  readonly #slots: readonly ParameterSlot[];
  readonly #graph: Uint8Array;
  #allocating: ort.InferenceSession | undefined;
  #copying: ort.InferenceSession | undefined;

  /** @param slots what every set has */
  static async open(execution: Execution, slots: readonly ParameterSlot[]): Promise<DeviceMemory> {
    // Threads that train on the CPU write no graphs: what does is loaded where it is needed.
    const { GraphBuilder } = await import('../../graph/index.js');
    const b = new GraphBuilder('copy');
    for (const { name, shape } of slots) b.output(b.input(name, shape), copied + name);
    return new DeviceMemory(execution, slots, b.model());
  }

  private constructor(execution: Execution, slots: readonly ParameterSlot[], graph: Uint8Array) {
    const stays = execution.residentBytes > 0;
    this.#location = stays ? 'gpu-buffer' : 'cpu';
    this.#execution = stays ? execution : { ...execution, provider: 'cpu' };
    this.#slots = slots;
    this.#graph = graph;
  }

  /** New tensors with the contents of others; to be disposed of before `release`. */
  async allocate(contents: TensorSet): Promise<TensorSet> {
    const location = this.#location;
    this.#allocating ??= await this.#open({ preferredOutputLocation: location });
    const feeds: Feeds = {};
    contents.addTo(feeds);
    const made = await this.#allocating.run(feeds);
    return new TensorSet(
      this.#slots.map(({ name }) => {
        const tensor = made[copied + name];
        if (tensor?.location === location) return [name, tensor] as const;
        throw new EvosError(
          'internal',
          `ONNX Runtime ${ort.env.versions.node ?? ''} left "${name}" in "${tensor?.location}", not in "${location}"; ` +
            'install the version that this package asks for',
        );
      }),
    );
  }

  /** From one set into another, wherever they lie. */
  async copy(from: TensorSet, to: TensorSet): Promise<void> {
    this.#copying ??= await this.#open({});
    const feeds: Feeds = {};
    const fetches: Feeds = {};
    from.addTo(feeds);
    to.addTo(fetches, copied);
    disposeOfAliases(await this.#copying.run(feeds, fetches));
  }

  /** Frees the sessions. */
  async release(): Promise<void> {
    await this.#allocating?.release();
    await this.#copying?.release();
  }

  #open(options: ort.InferenceSession.SessionOptions): Promise<ort.InferenceSession> {
    return ort.InferenceSession.create(this.#graph, { ...sessionOptions(this.#execution, 1), ...options });
  }
}
