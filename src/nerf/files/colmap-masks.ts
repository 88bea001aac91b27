// Finds COLMAP's masks. Models do not name them: they lie in a folder of their own beside the photographs', under the
// photographs' names. COLMAP takes no features where they are black; here black pixels are not trained on.
import path from 'node:path';
import type { Mask } from '../scene.js';
import { inParallel } from '../in-parallel.js';
import { kindOf } from './scene-files.js';

/** What was found of them. */
export interface FoundMasks {
  /** In the order of the photographs; undefined where there is none. */
  readonly masks: readonly (Mask | undefined)[];
  readonly warnings: readonly string[];
}

/**
 * Finds the masks of photographs. That of `images/a/b.jpg` is `masks/a/b.jpg.png`, else `masks/a/b.png`, which is the order
 * COLMAP looks in (its FAQ, "Mask image regions", and `ImageReader::Next`); nerfstudio looks for the second alone. Beside
 * `images_4` there may be `masks_4`; else `masks` serves, which is resized with its photograph.
 *
 * Where some photographs have a mask, those without one get a name that is not there, for `findPhotographs` to count.
 *
 * @param images the folder of the photographs, absolute
 * @param photographs absolute paths
 */
export async function colmapMasks(images: string, photographs: readonly string[]): Promise<FoundMasks> {
  const none = photographs.map(() => undefined);
  const folder = await masksFolder(images);
  if (folder === undefined) return { masks: none, warnings: [] };
  const candidates = photographs.map((photograph) =>
    candidatesFor(path.relative(images, photograph), folder),
  );
  const found = await inParallel(candidates, 8, firstFile);
  if (found.every((file) => file === undefined)) {
    const [example = 'NAME.png'] = candidates.flat().map((file) => path.relative(folder, file));
    return {
      masks: none,
      warnings: [
        `${path.basename(folder)} holds no mask under the name of any photograph (the first would be ${example}); ` +
          'all pixels count',
      ],
    };
  }
  const masks = candidates.map((names, i): Mask | undefined => {
    const file = found[i] ?? names[0];
    return file === undefined ? undefined : { file, ignore: 'black' };
  });
  return { masks, warnings: [] };
}

async function masksFolder(images: string): Promise<string | undefined> {
  const beside = path.dirname(images);
  const reduced = /^images(_\d+)$/.exec(path.basename(images))?.[1] ?? '';
  for (const name of new Set([`masks${reduced}`, 'masks'])) {
    const folder = path.join(beside, name);
    if ((await kindOf(folder)) === 'folder') return folder;
  }
  return undefined;
}

/** A photograph outside the photographs' folder has no place among the masks. */
function candidatesFor(photograph: string, folder: string): readonly string[] {
  if (photograph.split(path.sep, 1)[0] === '..') return [];
  const { dir, name, base } = path.parse(photograph);
  return [path.join(folder, dir, `${base}.png`), path.join(folder, dir, `${name}.png`)];
}

async function firstFile(names: readonly string[]): Promise<string | undefined> {
  for (const name of names) if ((await kindOf(name)) === 'file') return name;
  return undefined;
}
