// A configuration file as a type, for editors. A plugin that brings a modality adds its sections by declaration merging.
import type { CompareSettingsInput, FitImageSettingsInput } from './modalities/image/settings.js';
import type { CompareMeshSettingsInput, FitMeshSettingsInput } from './modalities/mesh/settings.js';
import type { CompareSceneSettingsInput, FitSceneSettingsInput } from './modalities/scene/settings.js';

/** The content of a configuration file, `evos.config.{ts,js,mjs,json}`. */
export interface EvosConfig {
  /** Where the JSON Schema lies, for editors. */
  readonly $schema?: string;
  /** Modules with strategies, backbones or modalities of your own; paths start at the configuration file. */
  readonly plugins?: readonly string[];
  /** Settings for `evos fit` with an image; what is given on the command line wins. */
  readonly fit?: FitImageSettingsInput;
  /** Settings for `evos compare` with an image; what is given on the command line wins. */
  readonly compare?: CompareSettingsInput;
  /** Settings for `evos fit` with a mesh; what is given on the command line wins. */
  readonly fitMesh?: FitMeshSettingsInput;
  /** Settings for `evos compare` with a mesh; what is given on the command line wins. */
  readonly compareMesh?: CompareMeshSettingsInput;
  /** Settings for `evos fit` with a scene; what is given on the command line wins. */
  readonly fitScene?: FitSceneSettingsInput;
  /** Settings for `evos compare` with a scene; what is given on the command line wins. */
  readonly compareScene?: CompareSceneSettingsInput;
}

/** Gives an `evos.config.ts` completion and checks; returns what it is given. */
export function defineConfig(config: EvosConfig): EvosConfig {
  return config;
}
