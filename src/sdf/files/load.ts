// Reads meshes of all formats. The result is one indexed mesh in the file's frame and units, whatever the file holds
// (several meshes, transforms, quads, triangles without indices). A mesh that cannot be fitted is refused with a message
// that says what to do.
import path from 'node:path';
import { InputError } from '../../core/errors.js';
import { inspectMesh, type MeshReport } from '../inspect.js';
import type { TriangleMesh } from '../mesh.js';
import type { Point } from '../origin.js';
import { readMeshFile } from './bytes.js';
import type { RawMesh } from './raw-mesh.js';
import { settle } from './settle.js';

/** Mesh formats that are read, by file extension. */
export const readableFormats = ['obj', 'ply', 'stl', 'glb', 'gltf'] as const;
export type ReadableFormat = (typeof readableFormats)[number];

/** A mesh from a file. */
export interface LoadedMesh {
  readonly mesh: TriangleMesh;
  /** As it was named. */
  readonly file: string;
  readonly format: ReadableFormat;
  /** What there is to say about the mesh; `warnings` puts it into words. */
  readonly report: MeshReport;
  /** What was passed over, put right or lost while reading, a sentence each. */
  readonly notes: readonly string[];
}

/** How to read a mesh. */
export interface LoadOptions {
  /**
   * What to subtract from all positions; [0, 0, 0] for nothing. Default: nothing, unless the mesh lies so far from the
   * file's origin that float32 would lose its detail; then a round point in its middle.
   */
  readonly origin?: Point;
}

const expected = 'expected an OBJ, PLY, STL, GLB or glTF mesh';

/**
 * Reads a mesh from a file.
 *
 * All meshes of a file become one, with the transforms of their nodes; mirrored ones are turned outside again. Vertices
 * at exactly the same place become one, those that no triangle uses are left out. Polygons become triangles, concave ones by
 * earcut. Of faces that are there twice, once turned round, one is kept. Units and axes stay as they are; coordinates far from
 * the origin are taken off it (see `TriangleMesh.origin`). Morph targets, skins and instances of glTF are applied as the
 * file poses them, Draco and meshopt compression is undone; materials, textures, lines and points are passed over.
 *
 * Memory: some 100 bytes a triangle besides the file.
 *
 * @param file path; its extension says the format
 * @returns a mesh that belongs to the caller
 * @throws InputError for a file that is missing, empty, cut short, of another format, without triangles or area, with
 *   positions that are not finite or indices out of range, or of absurd size, and for what is not supported
 * @example
 * const { mesh } = await loadMesh('bunny.obj');
 * console.log(mesh.triangles.length / 3);
 */
export async function loadMesh(file: string, { origin }: LoadOptions = {}): Promise<LoadedMesh> {
  const extension = path.extname(file).slice(1).toLowerCase();
  const format = readableFormats.find((known) => known === extension);
  if (format === undefined) {
    throw new InputError(
      `${file}: got the extension “.${extension}”; ${expected}, told apart by extension; rename or convert the file`,
    );
  }
  const bytes = await readMeshFile(file, expected);
  const { mesh, notes } = settle(await parse(bytes, file, format), file, origin);
  return { mesh, file, format, report: inspectMesh(mesh), notes };
}

/** Readers are loaded when they are needed: three takes longer to start than a small mesh to fit. */
async function parse(bytes: Uint8Array, file: string, format: ReadableFormat): Promise<RawMesh> {
  switch (format) {
    case 'obj':
      return (await import('./obj.js')).parseObj(bytes, file);
    case 'ply':
      return (await import('./ply.js')).parsePly(bytes, file);
    case 'stl':
      return (await import('./stl.js')).parseStl(bytes, file);
    case 'glb':
    case 'gltf':
      return (await import('./gltf/gltf.js')).parseGltf(bytes, file, format === 'glb');
  }
}
