// What to call a scene.
import path from 'node:path';
import { sceneExtensions } from '../../runs/folder.js';

/** The name of a scene's folder, also where one of the files in it was named. */
export function sceneName(input: string): string {
  const file = path.resolve(input);
  const isFile = sceneExtensions.includes(path.extname(file).toLowerCase());
  return path.basename(isFile ? path.dirname(file) : file) || 'scene';
}
