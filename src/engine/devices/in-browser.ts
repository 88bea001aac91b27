// The devices where none trains yet: a browser. What asks for one says what is missing, and what trains there instead; networks,
// their settings and their arithmetic are the same as in Node.
import { DeviceError } from '../../core/index.js';
import type { ModelRunner, RunnerPorts } from '../onnx/runner.js';
import type { RadianceTrainer, RadianceTrainerOptions } from '../radiance/types.js';
import type { Device, TrainerOptions } from '../training/options.js';
import type { EngineTrainer } from '../training/trainer.js';
import type { DeviceEntry } from './device.js';
import type { DeviceName, DeviceReport, ResolvedDevice } from './resolve.js';

const detail = 'its devices train by onnxruntime-node in worker threads of Node, and a browser has neither';
const hint = 'train with tfTrainer of evos/tfjs, or with a trainer of your own and createSelector of evos';

const missing = (what: string): DeviceError =>
  new DeviceError(`${what} of evos/engine does not work in a browser yet: ${detail}; ${hint}`);

/** All devices: none. */
export const devices = (): readonly DeviceEntry[] => [];

/** A device by name. @throws DeviceError always */
export function findDevice(name: Device): DeviceEntry {
  throw missing(`the device ${name}`);
}

/** Makes a trainer of samples. @throws DeviceError always */
export function createTrainer(_options: TrainerOptions): EngineTrainer {
  throw missing('createTrainer');
}

/** Makes a trainer of a radiance field. @throws DeviceError always */
export function createRadianceTrainer(_options: RadianceTrainerOptions): RadianceTrainer {
  throw missing('createRadianceTrainer');
}

/** Opens a model's bytes for inference. @throws DeviceError always */
export function createModelRunner(
  _model: Uint8Array,
  _options: RunnerPorts & { readonly device?: Device },
): ModelRunner {
  throw missing('createModelRunner');
}

/** Tries one device: there is none. */
export const probeDevice = (name: Device): Promise<DeviceReport> =>
  Promise.resolve({ name, available: false, detail, hint });

/** Tries every device: there is none. */
export const probeDevices = (): Promise<DeviceReport[]> => Promise.resolve([]);

/** Turns a device's name into one that works here. @throws DeviceError always */
export const resolveDevice = (name: DeviceName): Promise<ResolvedDevice> =>
  Promise.reject(missing(`the device ${name}`));
