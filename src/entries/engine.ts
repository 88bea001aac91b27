// `evos/engine`: trainers, models, devices, radiance fields.
export * from '../engine/models/index.js';
export { createOnnxTrainer, type NamedParameter, type OnnxTrainer } from '../engine/onnx/trainer.js';
export {
  onnxDefaults,
  type AdamOptions,
  type CrossFrequencyOptions,
  type Device,
  type OnnxTrainerOptions,
} from '../engine/onnx/options.js';
export { lossNames, mapeFloor, type LossName, type LossOptions } from '../engine/models/loss.js';
export {
  probeDevice,
  probeDevices,
  resolveDevice,
  type DeviceName,
  type DeviceReport,
  type ResolvedDevice,
} from '../engine/devices/resolve.js';
export { createModelRunner, type ModelRunner } from '../engine/onnx/runner.js';
export {
  positionalField,
  POSITIONAL_FIELD_DEFAULTS,
  radianceField,
  RADIANCE_FIELD_DEFAULTS,
  type PositionalFieldOptions,
  type RadianceFieldOptions,
} from '../engine/radiance/field.js';
export { shownBackground, type RayBackground } from '../engine/radiance/background.js';
export { createRadianceTrainer } from '../engine/radiance/trainer.js';
export type {
  FieldParts,
  FieldSamples,
  FieldSpace,
  RadianceField,
  RadianceTrainer,
  RadianceTrainerOptions,
  RenderedRays,
} from '../engine/radiance/types.js';
export { volumeRender, type RenderedValues, type VolumeInputs } from '../engine/radiance/volume.js';
