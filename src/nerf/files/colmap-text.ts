// Reads COLMAP's text format: cameras.txt, images.txt (two lines a photograph, the second may be empty), points3D.txt.
import path from 'node:path';
import { InputError } from '../../core/errors.js';
import { colmapLens, colmapModel, type ColmapImage, type ColmapPoint } from './colmap-models.js';
import type { Intrinsics } from '../cameras/intrinsics.js';

/** CAMERA_ID MODEL WIDTH HEIGHT PARAMS… */
export function parseCameras(bytes: Buffer, file: string): Map<number, Intrinsics> {
  const cameras = new Map<number, Intrinsics>();
  for (const [line, number] of lines(bytes)) {
    if (line === '') continue;
    const where = `${file}, line ${number}`;
    const [id, model, ...rest] = line.split(/\s+/);
    const [width, height, ...parameters] = numbers(rest, where);
    if (height === undefined)
      throw new InputError(`${where}: got “${line}”; expected id, model, width, height, parameters`);
    cameras.set(
      numbers([id!], where)[0]!,
      colmapLens(colmapModel(model!, where), width!, height, parameters, where),
    );
  }
  return cameras;
}

/**
 * IMAGE_ID QW QX QY QZ TX TY TZ CAMERA_ID NAME, then a line of points that is not needed. Scripts that write known poses
 * leave that line out; the next photograph then stands in its place, and is told from points by its name.
 */
export function parseImages(bytes: Buffer, file: string): { images: ColmapImage[]; warnings: string[] } {
  const images: ColmapImage[] = [];
  let without = 0;
  const all = [...lines(bytes)];
  for (let at = 0; at < all.length; at++) {
    const [line, number] = all[at]!;
    if (line === '') continue;
    const where = `${file}, line ${number}`;
    const fields = line.split(/\s+/);
    const name = /^(?:\S+\s+){9}(.+)$/.exec(line)?.[1];
    if (name === undefined) {
      throw new InputError(
        `${where}: got ${fields.length} fields; expected id, 4 numbers of a quaternion, 3 of a translation, camera id, name`,
      );
    }
    const [id, w, x, y, z, tx, ty, tz, camera] = numbers(fields.slice(0, 9), where);
    images.push({ id: id!, rotation: [w!, x!, y!, z!], translation: [tx!, ty!, tz!], camera: camera!, name });
    const next = all[at + 1]?.[0] ?? '';
    if (isPoints(next)) at++;
    else without++;
  }
  if (without === 0) return { images, warnings: [] };
  return {
    images,
    warnings: [
      `${path.basename(file)} lacks the line of points after ${without} of its ${images.length} photographs; all of them are read`,
    ],
  };
}

/** X Y POINT3D_ID, over and over: numbers alone, by threes. A photograph's line has ten fields or more, and a name. */
function isPoints(line: string): boolean {
  if (line === '') return true;
  const fields = line.split(/\s+/);
  if (fields.length % 3 === 0) return fields.every((field) => Number.isFinite(Number(field)));
  return fields.length < 10;
}

/** POINT3D_ID X Y Z R G B ERROR, then pairs IMAGE_ID POINT2D_IDX. */
export function parsePoints(bytes: Buffer, file: string): ColmapPoint[] {
  const points: ColmapPoint[] = [];
  for (const [line, number] of lines(bytes)) {
    if (line === '') continue;
    const values = numbers(line.split(/\s+/), `${file}, line ${number}`);
    if (values.length < 8) {
      throw new InputError(
        `${file}, line ${number}: got ${values.length} numbers; expected id, x, y, z, colour, error, track`,
      );
    }
    const seenBy = values.slice(8).filter((_, i) => i % 2 === 0);
    points.push({ position: [values[1]!, values[2]!, values[3]!], seenBy });
  }
  return points;
}

/** Lines that are no comments, with their numbers. */
function* lines(bytes: Buffer): Generator<readonly [line: string, number: number]> {
  let number = 0;
  for (const line of bytes.toString('utf8').split(/\r?\n/)) {
    number++;
    if (!line.startsWith('#')) yield [line.trim(), number];
  }
}

function numbers(texts: readonly string[], where: string): number[] {
  return texts.map((text) => {
    const value = Number(text);
    if (text !== '' && Number.isFinite(value)) return value;
    throw new InputError(`${where}: got “${text}”; expected a finite number; export the model again`);
  });
}
