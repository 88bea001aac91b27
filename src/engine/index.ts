// The engine: trainers, models, devices, radiance fields; and ONNX graphs with their gradients.
export * from './graph/index.js';
export * from './models/index.js';
export { createOnnxTrainer, type NamedParameter, type OnnxTrainer } from './onnx/trainer.js';
export {
  onnxDefaults,
  type AdamOptions,
  type CrossFrequencyOptions,
  type Device,
  type OnnxTrainerOptions,
} from './onnx/options.js';
export { lossNames, mapeFloor, type LossName, type LossOptions } from './models/loss.js';
export {
  probeDevice,
  probeDevices,
  resolveDevice,
  type DeviceName,
  type DeviceReport,
  type ResolvedDevice,
} from './devices/resolve.js';
export { describeModel, exportModel, modelPorts, type ModelDescription } from './onnx/model-file.js';
export { createModelRunner, type ModelRunner } from './onnx/runner.js';
export {
  positionalField,
  POSITIONAL_FIELD_DEFAULTS,
  radianceField,
  RADIANCE_FIELD_DEFAULTS,
  type PositionalFieldOptions,
  type RadianceFieldOptions,
} from './radiance/field.js';
export { shownBackground, type RayBackground } from './radiance/background.js';
export { createRadianceTrainer } from './radiance/trainer.js';
export type {
  FieldParts,
  FieldSamples,
  FieldSpace,
  RadianceField,
  RadianceTrainer,
  RadianceTrainerOptions,
  RenderedRays,
} from './radiance/types.js';
export { volumeRender, type RenderedValues, type VolumeInputs } from './radiance/volume.js';
