// A GPUDevice and what can go wrong with it: every message of the driver's validation, memory that is not there and a device that
// is lost end in an EvosError. The device is handed in, from a browser's `navigator.gpu` or from a Node package.
import { DeviceError, EvosError } from '../../core/errors.js';
import { KernelClock } from './kernel-clock.js';

const clockFeature = 'timestamp-query';

/** What an adapter says of itself. */
export interface GpuFacts {
  /** Maker, kind and driver. */
  readonly adapter?: string;
  /** It is a program on the CPU. */
  readonly software: boolean;
  readonly limits: Readonly<Record<string, number>>;
}

/** A device that trains. */
export class Gpu {
  readonly device: GPUDevice;
  /** What the device was asked of: in Node it does not outlive that. */
  readonly origin: GPU | undefined;
  /** Milliseconds of work in a submit: a driver ends what takes seconds, and a screen waits for what takes long. */
  readonly submitMilliseconds: number;
  /** Times every kernel, where that was asked for and the device has a clock. */
  readonly clock: KernelClock | undefined;
  #lost: string | undefined;
  #fault: string | undefined;
  #closing = false;

  /** Takes a device over: `close` destroys it. */
  constructor(device: GPUDevice, origin?: GPU, submitMilliseconds = 100, timed = false) {
    this.device = device;
    this.clock = timed && device.features.has(clockFeature) ? new KernelClock(device) : undefined;
    this.origin = origin;
    this.submitMilliseconds = submitMilliseconds;
    void device.lost.then(({ reason, message }) => {
      this.#lost = [reason, message].filter((word) => word !== '').join(': ');
    });
    device.addEventListener('uncapturederror', (event) => {
      // Told by `check`; the driver need not print it too.
      event.preventDefault();
      this.#fault ??= event.error.message;
    });
  }

  /** @param timed every kernel is to be timed, where the adapter can @throws DeviceError when `gpu` has no adapter */
  static async open(gpu: GPU, submitMilliseconds?: number, timed = false): Promise<Gpu> {
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (adapter === null) throw new DeviceError('WebGPU found no adapter: no graphics driver answers');
    // Large tables want larger buffers than every device has. Nothing else depends on limits, or results would.
    const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
    const requiredLimits = { maxBufferSize, maxStorageBufferBindingSize };
    const requiredFeatures = timed && adapter.features.has(clockFeature) ? ([clockFeature] as const) : [];
    const device = await adapter.requestDevice({ requiredLimits, requiredFeatures });
    return new Gpu(device, gpu, submitMilliseconds, timed);
  }

  /** Most bytes that a kernel can have in one piece. */
  get largestBinding(): number {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.device.limits;
    return Math.min(maxBufferSize, maxStorageBufferBindingSize);
  }

  /** What the adapter says of itself. */
  get facts(): GpuFacts {
    return factsOf(this.device);
  }

  /** @throws DeviceError when the device is lost; EvosError when it refused something */
  check(): void {
    if (this.#lost !== undefined && !this.#closing) {
      throw new DeviceError(
        `the GPU was lost in the middle of training (${this.#lost}): what it held is gone; go on from the last ` +
          'checkpoint, with another device or smaller steps if it happens again',
      );
    }
    if (this.#fault !== undefined) {
      throw new EvosError('internal', `the GPU refused a command: ${this.#fault}`);
    }
  }

  /**
   * Makes something on the device.
   * @param what its name for messages
   * @throws DeviceError when there is not the memory for it; EvosError when the device refuses it
   */
  async made<Of>(what: string, make: () => Of | Promise<Of>): Promise<Of> {
    const { device } = this;
    this.check();
    device.pushErrorScope('out-of-memory');
    device.pushErrorScope('validation');
    let result: Of | undefined;
    let failed: unknown;
    try {
      result = await make();
    } catch (cause) {
      failed = cause;
    }
    const refused = await device.popErrorScope();
    const short = await device.popErrorScope();
    this.check();
    if (short !== null) {
      throw new DeviceError(
        `the GPU has no memory for ${what} (${short.message}): close other programs that use it, or take a smaller ` +
          'network or microBatch',
      );
    }
    const message = refused?.message ?? (failed instanceof Error ? failed.message : undefined);
    if (message !== undefined || result === undefined) {
      throw new EvosError('internal', `the GPU refused ${what}: ${message ?? 'no reason given'}`);
    }
    return result;
  }

  /** Waits for something of the device. @throws DeviceError when it is lost meanwhile */
  async waited<Of>(promise: Promise<Of>): Promise<Of> {
    try {
      const result = await promise;
      this.check();
      return result;
    } catch (cause) {
      // The loss is told after what failed because of it.
      if (!(cause instanceof EvosError)) await new Promise((resolve) => setTimeout(resolve, 10));
      this.check();
      throw cause;
    }
  }

  /** Destroys the device. */
  close(): void {
    this.#closing = true;
    this.device.destroy();
  }
}

/** Older browsers' devices do not say what they are, nor whether they stand in for another. */
interface Described {
  readonly adapterInfo?: Partial<GPUAdapterInfo>;
  readonly limits: GPUSupportedLimits;
}

function factsOf({ adapterInfo = {}, limits }: Described): GpuFacts {
  const {
    vendor = '',
    architecture = '',
    device = '',
    description = '',
    isFallbackAdapter = false,
  } = adapterInfo;
  const words = [`${vendor} ${architecture}`.trim(), device, description].filter((word) => word !== '');
  const { maxBufferSize, maxStorageBufferBindingSize, maxComputeWorkgroupStorageSize } = limits;
  return {
    ...(words.length === 0 ? {} : { adapter: words.join(', ') }),
    software: isFallbackAdapter,
    limits: { maxBufferSize, maxStorageBufferBindingSize, maxComputeWorkgroupStorageSize },
  };
}
