// What to call a scene.
import path from 'node:path';

/** Extensions of files that stand for a whole scene; otherwise it is a folder. */
export const sceneExtensions = ['.json', '.npy', '.bin', '.txt'];

/** The name of a scene's folder, also where one of the files in it was named. */
export function sceneName(input: string): string {
  const file = path.resolve(input);
  const isFile = sceneExtensions.includes(path.extname(file).toLowerCase());
  return path.basename(isFile ? path.dirname(file) : file) || 'scene';
}
