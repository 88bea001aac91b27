// The networks that can be trained.
export { asmr, ASMR_DEFAULTS, type AsmrOptions } from './asmr/model.js';
export { adamDefaults, type AdamOptions } from './adam.js';
export { defineBackbone, type Backbone, type BackboneNeed, type ModelPorts } from './backbone.js';
export type { DenseActivation, DenseChain, DenseLayer } from './dense-chain.js';
export type { GridEncoding, ModelDefinition, ParameterSpec, UniformSource, WholeGrid } from './definition.js';
export { finer, FINER_DEFAULTS, type FinerOptions } from './finer.js';
export { fourier, FOURIER_DEFAULTS, type FourierOptions } from './fourier.js';
export { gauss, GAUSS_DEFAULTS, type GaussOptions } from './gauss.js';
export type { FieldChains, FieldParts, FieldSpace, RadianceField } from './fields/types.js';
export { RADIANCE_FIELD_DEFAULTS, radianceField, type RadianceFieldOptions } from './hash-grid/field.js';
export type { GridLayout, GridLevel } from './hash-grid/layout.js';
export { hashGrid, HASH_GRID_ADAM, HASH_GRID_DEFAULTS, type HashGridOptions } from './hash-grid/model.js';
export { lossNames, mapeFloor, type LossName, type LossOptions } from './loss.js';
export { POSITIONAL_FIELD_DEFAULTS, positionalField, type PositionalFieldOptions } from './nerf.js';
export { onnxFileBackbone } from './onnx-file.js';
export {
  positionalEncoding,
  POSITIONAL_ENCODING_DEFAULTS,
  type PositionalEncodingOptions,
} from './positional-encoding.js';
export * from './registry.js';
export { reluNetwork, RELU_DEFAULTS, type ReluOptions } from './relu.js';
export { siren, SIREN_DEFAULTS, type SirenOptions } from './siren.js';
export { wire, WIRE_DEFAULTS, type WireOptions } from './wire.js';
