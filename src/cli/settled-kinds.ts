// What the command line knows of a kind of input and its settings. To be read off the registry of modalities.
import { imageSettings } from '../recipes/modalities/image/settings.js';
import { meshSettings } from '../recipes/modalities/mesh/settings.js';
import { sceneSettings } from '../recipes/modalities/scene/settings.js';
import type { Resolver } from '../recipes/settings/resolver.js';
import { kinds } from './kinds.js';

/** A kind of input. */
export interface SettledKind {
  readonly kind: string;
  /** With its article: "a mesh". */
  readonly one: string;
  readonly several: string;
  readonly settings: Resolver;
  /** Sections of the configuration file. */
  readonly sections: { readonly fit: string; readonly compare: string };
}

/** The kinds, in the order of the help. */
export function settledKinds(): readonly SettledKind[] {
  return [
    { kind: 'image', ...kinds.image, settings: imageSettings, sections: { fit: 'fit', compare: 'compare' } },
    {
      kind: 'mesh',
      ...kinds.mesh,
      settings: meshSettings,
      sections: { fit: 'fitMesh', compare: 'compareMesh' },
    },
    {
      kind: 'scene',
      ...kinds.scene,
      settings: sceneSettings,
      sections: { fit: 'fitScene', compare: 'compareScene' },
    },
  ];
}
