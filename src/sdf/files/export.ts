// Writes meshes by three's exporters: GLB and PLY with shared vertices and smooth normals, OBJ as text, STL as bare
// triangles.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  BufferAttribute,
  BufferGeometry,
  Mesh,
  MeshStandardMaterial,
  Quaternion,
  Vector3,
  type TypedArray,
} from 'three';
import { OBJExporter } from 'three/examples/jsm/exporters/OBJExporter.js';
import { PLYExporter } from 'three/examples/jsm/exporters/PLYExporter.js';
import { STLExporter } from 'three/examples/jsm/exporters/STLExporter.js';
import { checkChoice, checkFloats } from '../../core/check.js';
import { ArgumentError, OutputError } from '../../core/errors.js';
import { encodeGlb } from './export-glb.js';
import { vertexNormals } from './export-normals.js';
import { meshBounds, type TriangleMesh } from '../mesh.js';
import { floatStep, putBack, type Point } from '../origin.js';

/** The formats that meshes are written in. */
export const meshFormats = ['glb', 'ply', 'obj', 'stl'] as const;

/** A format that meshes are written in. */
export type MeshFormat = (typeof meshFormats)[number];

/** What a mesh may have beside its shape. */
export interface MeshSurface {
  /** `[V, 3]`: red, green, blue of the vertices in linear light (not sRGB), 0–1; default: grey without colours. */
  readonly colours?: Float32Array;
  /**
   * Which way is up, of any length but 0. A GLB turns its node by it, so that readers, to whom y is up, show the mesh
   * upright; the positions stay what they are, and other formats have no place for it. Default: y.
   */
  readonly up?: readonly [number, number, number];
}

/**
 * Encodes a mesh.
 *
 * Positions are those of the mesh, to the bit, in no unit but their own (a GLB's reader takes them for metres). A mesh with an
 * origin is written where it was: GLB by a node that moves it, PLY in doubles, OBJ with as many digits as it takes; STL holds
 * floats alone, which {@link exportNotes} tells. GLB, PLY (binary, little-endian) and OBJ hold shared vertices with smooth normals; STL (binary) holds triangles with a flat
 * normal each. OBJ is text in one string, which ends at some five million triangles. Colours of vertices go into GLB (linear,
 * as glTF wants them), PLY (sRGB bytes) and OBJ (sRGB, behind the positions, which most readers take); STL has no place for
 * them.
 *
 * @returns the bytes of a whole file, the caller's to keep
 * @throws ArgumentError for an unknown format, a mesh without triangles, colours that are not one per vertex, or an `up`
 *   without a direction; OutputError when the mesh is too large for OBJ
 * @example
 * const bytes = await encodeMesh(mesh, 'glb');
 */
export async function encodeMesh(
  mesh: TriangleMesh,
  format: MeshFormat,
  surface: MeshSurface = {},
): Promise<Uint8Array> {
  checkChoice('format', format, meshFormats);
  const { colours, up } = surface;
  if (colours !== undefined) {
    checkFloats('colours', colours, mesh.positions.length, 'three for each vertex');
  }
  if (up !== undefined && !(Math.hypot(...up) > 0 && up.every(Number.isFinite))) {
    throw new ArgumentError(
      `up: got [${up.join(', ')}]; expected a direction: three finite numbers, not all 0`,
    );
  }
  if (mesh.triangles.length === 0) {
    throw new ArgumentError('got a mesh without triangles; expected at least one; there is nothing to write');
  }
  switch (format) {
    case 'glb': {
      const node = asThree(mesh, mesh.positions, vertexNormals(mesh), colours);
      if (up !== undefined) node.quaternion.copy(upright(up));
      if (mesh.origin !== undefined) node.position.set(...mesh.origin).applyQuaternion(node.quaternion);
      return encodeGlb(node);
    }
    case 'ply':
      return encodePly(mesh, colours);
    case 'obj':
      return encodeObj(mesh, colours);
    case 'stl': {
      const bytes = new STLExporter().parse(asThree(mesh, putBack(mesh)), { binary: true });
      return new Uint8Array(bytes.buffer);
    }
  }
}

/**
 * What a format cannot keep of a mesh, a sentence each; empty where it keeps all.
 * @throws never
 * @example
 * for (const note of exportNotes(mesh, 'stl')) console.warn(note);
 */
export function exportNotes(mesh: TriangleMesh, format: MeshFormat): string[] {
  if (format !== 'stl' || mesh.origin === undefined) return [];
  const step = floatStep(farthest(mesh, mesh.origin));
  return [
    `STL holds floats, which are ${step.toPrecision(2)} apart this far from the origin; ` +
      'GLB, PLY and OBJ keep all detail',
  ];
}

/**
 * Writes a mesh to a file whose extension says the format. The mesh is encoded before the file is opened.
 *
 * @throws ArgumentError for an unknown extension or a mesh without triangles; OutputError when the mesh is too large for
 *   OBJ, or the file cannot be written
 * @example
 * await writeMesh('bunny.ply', mesh);
 */
export async function writeMesh(file: string, mesh: TriangleMesh): Promise<void> {
  const bytes = await encodeMesh(mesh, meshFormatOf(file));
  try {
    await writeFile(file, bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OutputError(
      `${file}: the mesh could not be written (${reason}); expected a folder that exists and may be written to; ` +
        'create it or choose another path',
      { cause: error },
    );
  }
}

/**
 * The format that a file's extension says.
 * @throws ArgumentError when it says none
 * @example
 * console.log(meshFormatOf('bunny.ply')); // ply
 */
export function meshFormatOf(file: string): MeshFormat {
  const extension = path.extname(file).toLowerCase();
  const format = meshFormats.find((name) => extension === `.${name}`);
  if (format === undefined) {
    throw new ArgumentError(
      `${file}: got the extension "${extension}"; expected one of ${meshFormats.map((name) => `.${name}`).join(', ')}; ` +
        'rename the file',
    );
  }
  return format;
}

/** Turns `up` to y, which is up in glTF (2.0 specification, section 3.4). */
function upright(up: readonly [number, number, number]): Quaternion {
  return new Quaternion().setFromUnitVectors(new Vector3(...up).normalize(), new Vector3(0, 1, 0));
}

function encodePly(mesh: TriangleMesh, colours: Float32Array | undefined): Uint8Array {
  const scene = asThree(mesh, putBack(mesh), vertexNormals(mesh));
  if (colours) scene.geometry.setAttribute('color', asBytes(colours));
  // Its types ask for a callback, with which it would wait for a browser's next frame; without one it returns at once.
  const none = undefined as unknown as () => void;
  const bytes = new PLYExporter().parse(scene, none, { binary: true, littleEndian: true });
  if (!(bytes instanceof ArrayBuffer)) throw new TypeError('three’s PLYExporter gave no ArrayBuffer');
  return new Uint8Array(bytes);
}

/**
 * Colours that the exporter writes as bytes, which is what PLY's readers expect. It looks at the array to choose the type,
 * but wants values from 0 to 1.
 */
function asBytes(colours: Float32Array): BufferAttribute {
  const attribute = new BufferAttribute(new Uint8Array(colours.length), 3);
  attribute.getX = (i) => colours[3 * i]!;
  attribute.getY = (i) => colours[3 * i + 1]!;
  attribute.getZ = (i) => colours[3 * i + 2]!;
  return attribute;
}

function encodeObj(mesh: TriangleMesh, colours: Float32Array | undefined): Uint8Array {
  const positions = mesh.origin === undefined ? shortest(mesh.positions) : farDecimals(mesh, mesh.origin);
  try {
    const text = new OBJExporter().parse(asThree(mesh, positions, vertexNormals(mesh), colours));
    return new TextEncoder().encode(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new OutputError(
      `got ${mesh.triangles.length / 3} triangles to write as OBJ (${error.message}); expected a text of under half a ` +
        'gigabyte; write GLB, PLY or STL, or extract with a lower resolution',
      { cause: error },
    );
  }
}

/** The shortest decimal of up to nine digits that reads back as the same float: text would show all digits of a double. */
function shortest(values: Float32Array): Float64Array {
  const result = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const seven = Number(value.toPrecision(7));
    result[i] = Math.fround(seven) === value ? seven : Number(value.toPrecision(9));
  }
  return result;
}

/** Decimals of a mesh far from the origin that are an eighth of a float's step apart, without the digits a double has more. */
function farDecimals(mesh: TriangleMesh, origin: Point): Float64Array {
  const { min, max } = meshBounds(mesh);
  const step = floatStep(Math.max(...min.map(Math.abs), ...max.map(Math.abs)));
  const digits = Math.ceil(Math.log10((8 * farthest(mesh, origin)) / step)) + 1;
  const precision = Math.min(17, Math.max(9, digits));
  return Float64Array.from(mesh.positions, (value, i) =>
    Number((value + origin[i % 3]!).toPrecision(precision)),
  );
}

/** The largest coordinate in the file's frame. */
function farthest(mesh: TriangleMesh, origin: Point): number {
  const { min, max } = meshBounds(mesh);
  return Math.max(...[...min, ...max].map((value, i) => Math.abs(value + origin[i % 3]!)));
}

function asThree(
  { triangles }: TriangleMesh,
  positions: TypedArray,
  normals?: Float32Array,
  colours?: Float32Array,
): Mesh {
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(positions, 3));
  if (normals) geometry.setAttribute('normal', new BufferAttribute(normals, 3));
  if (colours) geometry.setAttribute('color', new BufferAttribute(colours, 3));
  geometry.setIndex(new BufferAttribute(triangles, 1));
  const mesh = new Mesh(
    geometry,
    colours
      ? new MeshStandardMaterial({ vertexColors: true, roughness: 1, metalness: 0 })
      : new MeshStandardMaterial({ color: 0xcccccc, roughness: 0.7, metalness: 0 }),
  );
  mesh.name = 'surface';
  return mesh;
}
