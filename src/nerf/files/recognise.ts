// Tells what a folder or file is: which of the usual formats of scenes, and where its parts are.
import path from 'node:path';
import { InputError } from '../../core/errors.js';
import type { SceneFormat } from '../scene.js';
import { readColmap } from './colmap.js';
import { colmapModels, largestModel } from './colmap-choice.js';
import { imagesFolder, readLlff } from './llff.js';
import { kindOf, pathInScene } from './scene-files.js';
import { readTransforms, type ListedScene, type TransformsFile } from './transforms.js';
import { splits } from './transforms-splits.js';

/** A scene that is known by the names of its files. */
export interface Recognised {
  readonly format: SceneFormat;
  /** Absolute. */
  readonly folder: string;
  /** For messages about the whole. */
  readonly described: string;
  /** What is told of the choice. */
  readonly notes: readonly string[];
  readonly read: () => Promise<ListedScene>;
  /** What else is there, should this one not do; its notes say so. */
  readonly otherwise?: (reason: string) => Recognised;
}

/** The folder that was asked for, if any. */
interface Asked {
  readonly images?: string;
}

/** @param target absolute @throws InputError for what is no scene */
export async function recognise(target: string, asked: Asked): Promise<Recognised> {
  const kind = await kindOf(target);
  if (kind === undefined) {
    throw new InputError(`${target}: no such file or folder; expected a scene; check the path`);
  }
  return kind === 'file' ? recogniseFile(target, asked) : recogniseFolder(target, asked);
}

async function recogniseFile(file: string, asked: Asked): Promise<Recognised> {
  const name = path.basename(file);
  const folder = path.dirname(file);
  if (name.endsWith('.json')) {
    const split = splits.find((one) => name === `transforms_${one}.json`);
    return transforms(folder, [{ file, split }], file, asked);
  }
  if (name.endsWith('.npy')) return llff(folder, file, asked);
  const colmap = /^(?:cameras|images|points3D)\.(bin|txt)$/.exec(name);
  if (colmap !== null) return sparse(await sceneOfModel(folder, asked), folder, colmap[1] === 'bin', asked);
  throw new InputError(
    `${file}: not a scene that is known by its name; expected a folder, a .json, poses_bounds.npy, or a file of COLMAP's model`,
  );
}

async function recogniseFolder(folder: string, asked: Asked): Promise<Recognised> {
  const at = async (name: string): Promise<string | undefined> =>
    (await kindOf(path.join(folder, name))) === 'file' ? path.join(folder, name) : undefined;
  const parts: TransformsFile[] = [];
  for (const split of splits) {
    const file = await at(`transforms_${split}.json`);
    if (file !== undefined) parts.push({ file, split });
  }
  if (parts.length > 0) return transforms(folder, parts, folder, asked);
  const single = await at('transforms.json');
  if (single !== undefined) return transforms(folder, [{ file: single, split: undefined }], single, asked);

  const poses = await at('poses_bounds.npy');
  const { models, beside } = await colmapModels(folder);
  const model = largestModel(models);
  if (model === undefined) {
    if (poses !== undefined) return llff(folder, poses, asked);
    throw new InputError(
      `${folder}: got no scene; expected transforms.json, transforms_train.json, poses_bounds.npy, or COLMAP's ` +
        'sparse/0/cameras.bin or .txt in it; name the folder that holds one of them',
    );
  }
  const scene = beside ? await sceneOfModel(folder, asked) : folder;
  const found = sparse(scene, model.folder, model.binary, asked);
  const notes = model.note === undefined ? [] : [model.note];
  if (poses === undefined) return { ...found, notes };
  const taken =
    'poses_bounds.npy is there as well; name it to read the scene without distortion, as LLFF does';
  return {
    ...found,
    notes: [...notes, `COLMAP's model is read, which knows the lens; ${taken}`],
    otherwise: (reason) => ({
      ...llff(folder, poses, asked),
      notes: [`poses_bounds.npy is read, without distortion, since COLMAP's model cannot be: ${reason}`],
    }),
  };
}

/** A model by itself, named directly, belongs to the folder above `sparse` or `sparse/0`, unless photographs lie beside it. */
async function sceneOfModel(model: string, asked: Asked): Promise<string> {
  const parts = model.split(path.sep);
  const at = parts.lastIndexOf('sparse');
  if (!(at > 0 && at >= parts.length - 2)) return model;
  const above = parts.slice(0, at).join(path.sep) || path.sep;
  const images = asked.images ?? 'images';
  const has = async (scene: string): Promise<boolean> =>
    (await kindOf(path.join(scene, images))) === 'folder';
  return !(await has(above)) && (await has(model)) ? model : above;
}

function transforms(
  folder: string,
  files: readonly TransformsFile[],
  described: string,
  { images }: Asked,
): Recognised {
  const format = files.some(({ split }) => split !== undefined) ? 'blender' : 'transforms';
  if (images !== undefined && format === 'blender') {
    throw new InputError(
      `${described}: got images ${images} for files that name a folder of photographs each; expected transforms.json, LLFF or ` +
        'COLMAP; leave images out',
    );
  }
  return {
    ...{ format, folder, described, notes: [] },
    read: async () => readTransforms(folder, files, await folderOf(folder, images)),
  };
}

function llff(folder: string, file: string, { images }: Asked): Recognised {
  return {
    ...{ format: 'llff', folder, described: file, notes: [] },
    read: async () => readLlff(folder, file, await folderOf(folder, images)),
  };
}

function sparse(folder: string, model: string, binary: boolean, { images }: Asked): Recognised {
  return {
    ...{ format: binary ? 'colmap-binary' : 'colmap-text', folder, described: model, notes: [] },
    read: async () => {
      const named = (await folderOf(folder, images)) ?? (await imagesFolder(folder));
      return readColmap(folder, model, binary, named ?? path.join(folder, 'images'));
    },
  };
}

/** The folder of the photographs that was asked for. @throws InputError where there is none */
async function folderOf(folder: string, images: string | undefined): Promise<string | undefined> {
  if (images === undefined) return undefined;
  const found = pathInScene(folder, images, 'the setting images');
  if ((await kindOf(found)) === 'folder') return found;
  throw new InputError(
    `${found}: no such folder; expected the folder of the photographs (images ${images}), inside the scene's`,
  );
}
