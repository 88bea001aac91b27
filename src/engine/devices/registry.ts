// The devices, the ones that `auto` would rather have last.
import { createRegistry } from '../../core/registry.js';
import type { ModelRunner, RunnerPorts } from '../onnx/runner.js';
import type { RadianceTrainer, RadianceTrainerOptions } from '../radiance/types.js';
import { trainerDefaults, type Device, type TrainerOptions } from '../training/options.js';
import type { EngineTrainer } from '../training/trainer.js';
import { cpu } from './cpu.js';
import { cuda } from './cuda.js';
import type { DeviceEntry } from './device.js';
import { webgpu } from './webgpu.js';

const registry = createRegistry<DeviceEntry>('device', [cpu, webgpu, cuda]);

/** All devices. */
export const devices = (): readonly DeviceEntry[] => registry.all();

/** A device by name. @throws ArgumentError naming those there are */
export const findDevice = (name: Device): DeviceEntry => registry.find(name);

/**
 * Makes a trainer of samples. Worker threads start at once; call `dispose` when done.
 * @throws ArgumentError when a setting is out of range.
 */
export function createTrainer(options: TrainerOptions): EngineTrainer {
  return findDevice(options.device ?? trainerDefaults.device).createTrainer(options);
}

/**
 * Makes a trainer of a radiance field. Worker threads start at once; call `dispose` when done.
 * @throws ArgumentError when a setting is out of range
 */
export function createRadianceTrainer(options: RadianceTrainerOptions): RadianceTrainer {
  return findDevice(options.device ?? trainerDefaults.device).createRadianceTrainer(options);
}

/** Opens a model's bytes for inference, in a thread of its own. */
export function createModelRunner(
  model: Uint8Array,
  options: RunnerPorts & { readonly device?: Device },
): ModelRunner {
  return findDevice(options.device ?? trainerDefaults.device).createModelRunner(model, options);
}
