// All inputs and targets of a pool on the device, uploaded once for each time that they are drawn: a step then says by index which of
// them it means, and the graph gathers them itself.
import { DeviceMemory } from './parameters/device-memory.js';
import { layOut } from './parameters/layout.js';
import { ports, type PoolJob, type SampleSetup } from './protocol.js';
import type { Feeds } from './tensors.js';
import { FlatTensors, type TensorSet } from './parameters/tensor-set.js';

/** A pool's arrays as a graph's inputs. */
export class ResidentPool {
  /** Uploads the arrays, which are of no further use. */
  static async open(setup: SampleSetup, { inputs, targets }: PoolJob): Promise<ResidentPool> {
    const { execution, inputDim, outputDim } = setup;
    const size = inputs.length / inputDim;
    const { slots } = layOut([
      { name: ports.poolInputs, shape: [size, inputDim], count: inputs.length },
      { name: ports.poolTargets, shape: [size, outputDim], count: targets.length },
    ]);
    const stage = new FlatTensors(slots);
    stage.flat.set(inputs);
    stage.flat.set(targets, inputs.length);
    const memory = await DeviceMemory.open(execution, slots);
    return new ResidentPool(memory, await memory.allocate(stage));
  }

  private constructor(
    private readonly memory: DeviceMemory,
    private readonly tensors: TensorSet,
  ) {}

  /** Adds the arrays to a session's feeds. */
  feed(feeds: Feeds): void {
    this.tensors.addTo(feeds);
  }

  async release(): Promise<void> {
    this.tensors.dispose();
    await this.memory.release();
  }
}
