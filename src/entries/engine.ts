// `evos/engine`: trainers, models, devices, radiance fields.
export * from '../engine/models/index.js';
export type { DeviceEntry } from '../engine/devices/device.js';
export {
  createModelRunner,
  createRadianceTrainer,
  createTrainer,
  devices,
  findDevice,
} from '../engine/devices/registry.js';
export {
  probeDevice,
  probeDevices,
  resolveDevice,
  type DeviceName,
  type DeviceReport,
  type ResolvedDevice,
} from '../engine/devices/resolve.js';
export type { ModelRunner } from '../engine/onnx/runner.js';
export { shownBackground, type RayBackground } from '../engine/radiance/background.js';
export type {
  FieldSamples,
  RadianceTrainer,
  RadianceTrainerOptions,
  RenderedRays,
} from '../engine/radiance/types.js';
export { volumeRender, type RenderedValues, type VolumeInputs } from '../engine/radiance/volume.js';
export {
  crossFrequencyTerm,
  type CrossFrequencyOptions,
  type Device,
  type TrainerOptions,
} from '../engine/training/options.js';
export type { EngineTrainer, NamedParameter } from '../engine/training/trainer.js';
