// What settings of networks out of files cannot be together, and why scenes have none.
import { backbones, onnxFileBackbone } from '../../engine/models/index.js';
import { showValue } from './check.js';

/** A backbone of a file has its file, and no other backbone has one. */
export function fileProblems(settings: Readonly<Record<string, unknown>>): string[] {
  return backbones().flatMap(({ name, namedBy }): string[] => {
    if (namedBy === undefined) return [];
    const file = settings[namedBy];
    const chosen = settings['backbone'] === name;
    if (chosen && file === undefined)
      return [`${namedBy}: got nothing, expected the file of the network that backbone ${name} trains`];
    if (chosen || file === undefined) return [];
    return [
      `${namedBy}: got ${showValue(file)} with backbone ${String(settings['backbone'])}; expected one of them: a file is trained ` +
        'in place of a backbone',
    ];
  });
}

const fieldsOnly =
  'networks of files are trained on pictures and meshes alone: a scene needs a density and a colour for each direction';

/** Settings of networks of files, for modalities whose networks are fields of rays. */
export const withoutFiles = {
  model: fieldsOnly,
  freeze: fieldsOnly,
  modelInput: fieldsOnly,
  modelOutput: fieldsOnly,
} as const satisfies Record<keyof typeof onnxFileBackbone.settings, string>;
