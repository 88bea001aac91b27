// The devices of a browser: WebGPU, by the same kernels as in Node. Threads of Node and ONNX Runtime are not there, and what needs
// them says so; networks, their settings and their arithmetic are the same.
import { ArgumentError, DeviceError } from '../../core/errors.js';
import type { ModelRunner, RunnerPorts } from '../onnx/runner.js';
import { marchDefaults } from '../training/rays/march.js';
import type { RadianceTrainer, RadianceTrainerOptions } from '../training/rays/types.js';
import type { Device, TrainerOptions } from '../training/options.js';
import type { EngineTrainer } from '../training/trainer.js';
import { Gpu } from '../webgpu/gpu.js';
import { shareGpu } from '../webgpu/shared-gpu.js';
import { whyNotField } from '../webgpu/radiance/layout.js';
import { WebGpuRayTrainer } from '../webgpu/radiance/trainer.js';
import { WebGpuTrainer, whyNot } from '../webgpu/trainer.js';
import type { DeviceEntry } from './device.js';
import type { DeviceName, DeviceReport, ResolvedDevice } from './resolve.js';

const name = 'webgpu';
const hint =
  'open the page with https:// or from localhost, in a browser with WebGPU (Chrome and Edge from 113, Safari from 26, Firefox ' +
  'from 141), or train with tfTrainer of evos/tfjs';

/** Milliseconds of work in a submit: what is shown waits for it. */
const submitMilliseconds = 8;

const missing = (what: string): DeviceError =>
  new DeviceError(
    `${what} of evos/engine does not work in a browser: it needs onnxruntime-node and worker threads of Node; train networks ` +
      'of dense layers and hash grids there with createTrainer and createRadianceTrainer, and others with tfTrainer of evos/tfjs',
  );

/** Opens the page's GPU. @throws DeviceError where there is none */
async function openGpu(): Promise<Gpu> {
  const { navigator } = globalThis as { readonly navigator?: { readonly gpu?: GPU } };
  const gpu = navigator?.gpu;
  if (gpu === undefined) throw new DeviceError(`this browser has no WebGPU here: ${hint}`);
  return Gpu.open(gpu, submitMilliseconds);
}

const pageGpu = shareGpu(openGpu);

const webgpu: DeviceEntry = {
  name,
  summary: 'graphics cards of all makers, through the browser',
  hint,
  preferred: 'always',
  async look() {
    const gpu = await openGpu();
    const { facts } = gpu;
    gpu.close();
    return facts;
  },
  createTrainer(options) {
    const reason = whyNot(options);
    if (reason === undefined) return new WebGpuTrainer({ ...options, device: name }, pageGpu);
    throw new ArgumentError(`createTrainer cannot train this in a browser: ${reason}`);
  },
  createRadianceTrainer(options) {
    const reason = whyNotField(options.field, options.samplesPerRay ?? marchDefaults.samplesPerRay);
    if (reason === undefined) return new WebGpuRayTrainer({ ...options, device: name }, pageGpu);
    throw new ArgumentError(`createRadianceTrainer cannot train this in a browser: ${reason}`);
  },
  createModelRunner() {
    throw missing('createModelRunner');
  },
};

/** All devices. */
export const devices = (): readonly DeviceEntry[] => [webgpu];

/** A device by name. @throws DeviceError for all but `webgpu` */
export function findDevice(wanted: Device): DeviceEntry {
  if (wanted === name) return webgpu;
  throw new DeviceError(
    `device ${wanted} does not work in a browser: it needs Node; leave it out, or say ${name}`,
  );
}

/**
 * Makes a trainer of samples, on the page's GPU. The device is opened with the first call that needs it; call `dispose` when
 * done.
 * @throws ArgumentError when a setting is out of range, or the kernels for WebGPU cannot train the network
 */
export function createTrainer(options: TrainerOptions): EngineTrainer {
  return findDevice(options.device ?? name).createTrainer(options);
}

/**
 * Makes a trainer of a radiance field, on the page's GPU; samples along rays are drawn in the caller's thread.
 * @throws ArgumentError when a setting is out of range, or the kernels for WebGPU cannot train the field
 */
export function createRadianceTrainer({
  device = name,
  ...options
}: RadianceTrainerOptions): RadianceTrainer {
  return findDevice(device).createRadianceTrainer(options);
}

/** Opens a model's bytes for inference. @throws DeviceError always */
export function createModelRunner(
  model: Uint8Array,
  { device = name, ...ports }: RunnerPorts & { readonly device?: Device },
): ModelRunner {
  return findDevice(device).createModelRunner(model, ports);
}

/** Tries one device; never throws. */
export async function probeDevice(wanted: Device): Promise<DeviceReport> {
  try {
    const facts = await findDevice(wanted).look();
    return { name: wanted, available: true, detail: 'works', ...facts };
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    return { name: wanted, available: false, detail, hint };
  }
}

/** Tries every device. */
export const probeDevices = (): Promise<DeviceReport[]> =>
  Promise.all(devices().map((device) => probeDevice(device.name)));

/** Turns a device's name into one that works here. @throws DeviceError when it does not */
export async function resolveDevice(wanted: DeviceName): Promise<ResolvedDevice> {
  const found = findDevice(wanted === 'auto' ? name : wanted);
  const { available, detail } = await probeDevice(found.name);
  if (!available) throw new DeviceError(`device ${found.name} does not work here: ${detail}`);
  return { name: found.name, reason: wanted === 'auto' ? 'auto: what a browser has' : 'asked for' };
}
