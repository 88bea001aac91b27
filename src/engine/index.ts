// The engine: trainers, models, devices, radiance fields; and ONNX graphs with their gradients.
export * from './graph/index.js';
export * from './models/index.js';
export type { DeviceEntry } from './devices/device.js';
export {
  createModelRunner,
  createRadianceTrainer,
  createTrainer,
  devices,
  findDevice,
} from './devices/registry.js';
export {
  probeDevice,
  probeDevices,
  resolveDevice,
  type DeviceName,
  type DeviceReport,
  type ResolvedDevice,
} from './devices/resolve.js';
export { describeModel, exportModel, modelPorts, type ModelDescription } from './onnx/model-file.js';
export type { ModelRunner } from './onnx/runner.js';
export { shownBackground, type RayBackground } from './radiance/background.js';
export type {
  FieldSamples,
  RadianceTrainer,
  RadianceTrainerOptions,
  RenderedRays,
} from './radiance/types.js';
export { volumeRender, type RenderedValues, type VolumeInputs } from './radiance/volume.js';
export {
  crossFrequencyTerm,
  type CrossFrequencyOptions,
  type Device,
  type TrainerOptions,
} from './training/options.js';
export type { EngineTrainer, NamedParameter } from './training/trainer.js';
