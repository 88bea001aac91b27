// How long each kernel takes, by the device's own clock, for measurements: every dispatch is then a pass of its own, with a time before
// and one behind. Training has no clock.
import { mapRead, usage } from './buffer-usage.js';

/** Times are pairs; no set of queries has more of them on any device. */
const most = 2048;

/** A dispatch's time. */
export interface KernelTime {
  readonly kernel: string;
  readonly milliseconds: number;
}

/** The clock of a device that has `timestamp-query`. */
export class KernelClock {
  readonly #device: GPUDevice;
  readonly #queries: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #copy: GPUBuffer;
  readonly #names: string[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
    const size = most * 16;
    this.#queries = device.createQuerySet({ type: 'timestamp', count: 2 * most });
    this.#resolved = device.createBuffer({ size, usage: usage.queryResolve | usage.copySource });
    this.#copy = device.createBuffer({ size, usage: usage.mapRead | usage.copyTarget });
  }

  /** What the pass of a kernel is begun with; the dispatches that are too many have no time. */
  timed(kernel: string): GPUComputePassDescriptor {
    const at = this.#names.length;
    if (at >= most) return {};
    this.#names.push(kernel);
    const [beginningOfPassWriteIndex, endOfPassWriteIndex] = [2 * at, 2 * at + 1];
    return {
      timestampWrites: { querySet: this.#queries, beginningOfPassWriteIndex, endOfPassWriteIndex },
    };
  }

  /** The times of all dispatches since the last call, in their order. What was begun must have been sent. */
  async read(): Promise<KernelTime[]> {
    const names = this.#names.splice(0);
    if (names.length === 0) return [];
    const bytes = names.length * 16;
    const encoder = this.#device.createCommandEncoder();
    encoder.resolveQuerySet(this.#queries, 0, 2 * names.length, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#copy, 0, bytes);
    this.#device.queue.submit([encoder.finish()]);
    await this.#copy.mapAsync(mapRead, 0, bytes);
    // Nanoseconds, in whole numbers of 64 bits.
    const times = new BigUint64Array(this.#copy.getMappedRange(0, bytes)).slice();
    this.#copy.unmap();
    return names.map((kernel, i) => {
      const nanoseconds = (times[2 * i + 1] ?? 0n) - (times[2 * i] ?? 0n);
      return { kernel, milliseconds: Number(nanoseconds) / 1e6 };
    });
  }
}
