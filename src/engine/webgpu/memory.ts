// A trainer's buffers by what they hold: one for each role, since a buffer that one kernel both reads and writes is an error.
// They grow with the largest step seen.
import { DeviceError } from '../../core/errors.js';
import { mapRead, usage } from './buffer-usage.js';
import type { Gpu } from './gpu.js';

/** What a buffer is for. */
type Kind = 'storage' | 'params' | 'read';

const usages: Readonly<Record<Kind, number>> = {
  storage: usage.storage | usage.copySource | usage.copyTarget,
  params: usage.params | usage.copyTarget,
  read: usage.mapRead | usage.copyTarget,
};

/** Buffers by name. */
export class Memory {
  readonly #gpu: Gpu;
  readonly #buffers = new Map<string, GPUBuffer>();
  readonly #beforeLoss: () => void;
  #generation = 0;

  /** @param beforeLoss is called before a buffer goes: commands that use it must be sent by then */
  constructor(gpu: Gpu, beforeLoss: () => void = () => undefined) {
    this.#gpu = gpu;
    this.#beforeLoss = beforeLoss;
  }

  /** Counts up whenever a buffer takes the place of another. */
  get generation(): number {
    return this.#generation;
  }

  /** Makes sure that a buffer has so many bytes; what it held is lost where it grows. */
  async reserve(name: string, bytes: number, kind: Kind = 'storage'): Promise<void> {
    const size = Math.max(16, Math.ceil(bytes / 16) * 16);
    this.#checkLimit(name, size, kind);
    const before = this.#buffers.get(name);
    if (before !== undefined && before.size >= size) return;
    this.#drop(name);
    this.#generation++;
    const megabytes = (size / 2 ** 20).toFixed(1);
    const buffer = await this.#gpu.made(`${megabytes} MiB of ${name}`, () =>
      this.#gpu.device.createBuffer({ label: name, size, usage: usages[kind] }),
    );
    this.#buffers.set(name, buffer);
  }

  /** Makes a buffer of so many bytes in place of what may be there. */
  async replace(name: string, bytes: number): Promise<void> {
    this.#drop(name);
    await this.reserve(name, bytes);
  }

  #drop(name: string): void {
    const before = this.#buffers.get(name);
    if (before === undefined) return;
    this.#beforeLoss();
    before.destroy();
    this.#buffers.delete(name);
  }

  /** @throws DeviceError when a buffer of this size cannot be had, however much memory there is */
  #checkLimit(name: string, size: number, kind: Kind): void {
    const most = kind === 'storage' ? this.#gpu.largestBinding : this.#gpu.device.limits.maxBufferSize;
    if (size <= most) return;
    const [wanted, has] = [size, most].map((bytes) => (bytes / 2 ** 20).toFixed(1));
    throw new DeviceError(
      `${wanted} MiB of ${name} were wanted in one piece, but this GPU has pieces of at most ${has} MiB: take a smaller network, ` +
        'table or microBatch, or --device cpu',
    );
  }

  /** Has two buffers change names. */
  exchange(one: string, other: string): void {
    const [a, b] = [this.get(one), this.get(other)];
    this.#buffers.set(one, b).set(other, a);
    this.#generation++;
  }

  /** A buffer that was reserved. */
  get(name: string): GPUBuffer {
    const buffer = this.#buffers.get(name);
    if (buffer === undefined) throw new Error(`no buffer ${name} was reserved`);
    return buffer;
  }

  /** Sends numbers to a buffer that was reserved. @param at byte of the buffer where they go */
  write(name: string, data: Float32Array | Uint32Array | Uint8Array, at = 0): void {
    const { buffer, byteOffset, byteLength } = data;
    const { queue } = this.#gpu.device;
    // Whole words; of bytes a last one may be missing some.
    const whole = byteLength - (byteLength % 4);
    // The device's own copy is made before this returns, of shared memory too.
    if (whole > 0) queue.writeBuffer(this.get(name), at, buffer, byteOffset, whole);
    if (whole === byteLength) return;
    const rest = new Uint8Array(4);
    rest.set(new Uint8Array(buffer, byteOffset + whole, byteLength - whole));
    queue.writeBuffer(this.get(name), at + whole, rest.buffer, 0, 4);
  }

  /** Copies of the first numbers of buffers, one after the other: three of them may be more than a buffer holds. */
  async read(names: readonly string[], count: number): Promise<Float32Array[]> {
    const bytes = count * 4;
    await this.reserve('copy', bytes, 'read');
    const copies: Float32Array[] = [];
    for (const name of names) {
      const encoder = this.#gpu.device.createCommandEncoder();
      encoder.copyBufferToBuffer(this.get(name), 0, this.get('copy'), 0, bytes);
      this.#gpu.device.queue.submit([encoder.finish()]);
      copies.push(await this.mapped('copy', bytes, (numbers) => numbers.slice()));
    }
    return copies;
  }

  /** Waits until a buffer can be read, and hands its numbers to `take`, which must not keep them. */
  async mapped<Of>(name: string, bytes: number, take: (numbers: Float32Array) => Of): Promise<Of> {
    const buffer = this.get(name);
    await this.#gpu.waited(buffer.mapAsync(mapRead, 0, bytes));
    try {
      return take(new Float32Array(buffer.getMappedRange(0, bytes)));
    } finally {
      buffer.unmap();
    }
  }

  /** Frees everything. */
  dispose(): void {
    for (const buffer of this.#buffers.values()) buffer.destroy();
    this.#buffers.clear();
  }
}
