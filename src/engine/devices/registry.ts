// The devices, the ones that `auto` would rather have last.
import { createRegistry } from '../../core/registry.js';
import type { ModelRunner, RunnerPorts } from '../onnx/runner.js';
import type { RadianceTrainer, RadianceTrainerOptions } from '../training/rays/types.js';
import { trainerDefaults, type Device, type TrainerOptions } from '../training/options.js';
import type { EngineTrainer } from '../training/trainer.js';
import { cpu } from './cpu.js';
import { cuda } from './cuda.js';
import type { DeviceEntry } from './device.js';
import { webgpu } from './webgpu.js';

const registry = createRegistry<DeviceEntry>('device', [cpu, webgpu, cuda]);

/**
 * All devices.
 * @throws never
 * @example
 * for (const { name, summary } of devices()) console.log(name, summary);
 */
export const devices = (): readonly DeviceEntry[] => registry.all();

/**
 * A device by name.
 * @throws ArgumentError naming those there are
 * @example
 * console.log(findDevice('cpu').summary);
 */
export const findDevice = (name: Device): DeviceEntry => registry.find(name);

/**
 * Makes a trainer of samples. Worker threads start at once; call `dispose` when done.
 * @throws ArgumentError when a setting is out of range.
 * @example
 * const trainer = createTrainer({ model: siren({ inputDim: 2, outputDim: 3 }) });
 * const colours = await trainer.predict(Float32Array.of(0, 0));
 * await trainer.dispose();
 */
export function createTrainer(options: TrainerOptions): EngineTrainer {
  return findDevice(options.device ?? trainerDefaults.device).createTrainer(options);
}

/**
 * Makes a trainer of a radiance field. Worker threads start at once; call `dispose` when done.
 * @throws ArgumentError when a setting is out of range
 * @example
 * const space = { centre: [0, 0, 0], half: 1, contracted: false, near: 0.1, far: 6 } as const;
 * const trainer = createRadianceTrainer({
 *   ...{ field: radianceField({ space }), adam: HASH_GRID_ADAM, background: 'random' },
 * });
 * await trainer.dispose();
 */
export function createRadianceTrainer(options: RadianceTrainerOptions): RadianceTrainer {
  return findDevice(options.device ?? trainerDefaults.device).createRadianceTrainer(options);
}

/**
 * Opens a model's bytes for inference, in a thread of its own.
 * @throws PackageError from `run` without onnxruntime-node; InputError from `run` for a model that cannot be run
 * @example
 * const bytes = new Uint8Array(await (await fetch('https://example.com/model.onnx')).arrayBuffer());
 * const runner = createModelRunner(bytes, { inputDim: 2, outputDim: 3 });
 * const colours = await runner.run(Float32Array.of(0, 0));
 * await runner.dispose();
 */
export function createModelRunner(
  model: Uint8Array,
  options: RunnerPorts & { readonly device?: Device },
): ModelRunner {
  return findDevice(options.device ?? trainerDefaults.device).createModelRunner(model, options);
}
