// Reads GLB and glTF by three's GLTFLoader. The loader would fetch buffers and pictures as a page does; here it gets its
// buffers from the file, its folder or data URIs, and no materials. All meshes become one, in the scene's frame.
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { Matrix4, Vector3, type BufferAttribute, type Mesh, type Object3D } from 'three';
import { GLTFLoader, type GLTF } from 'three/addons/loaders/GLTFLoader.js';
import { InputError } from '../../core/index.js';
import { exactBuffer, readMeshFile, reading, saveAgain } from './bytes.js';
import type { TriangleMesh } from '../mesh.js';

/** As much of a glTF document as is looked at here. */
interface Document {
  asset?: { version?: string };
  buffers?: { uri?: string; byteLength: number }[];
  bufferViews?: { buffer: number; byteOffset?: number; byteLength: number }[];
  meshes?: { primitives?: { material?: number }[] }[];
  nodes?: { children?: number[]; camera?: number; extensions?: Record<string, unknown> }[];
  scenes?: { nodes?: number[] }[];
  extensionsRequired?: string[];
  extensionsUsed?: string[];
  [rest: string]: unknown;
}

/** Required extensions that change no shape, or that GLTFLoader reads. */
const harmless =
  /^(KHR_materials_|KHR_texture_|EXT_texture_|KHR_lights_|KHR_mesh_quantization$|EXT_mesh_gpu_instancing$|KHR_xmp)/;

/** What has nothing to do with shape; most of it would need a browser. */
const leftOut = ['materials', 'textures', 'images', 'samplers', 'animations', 'cameras'];

/** Reads all meshes of a document's scene; a file without scenes counts as one with everything in it. */
export async function parseGltf(bytes: Uint8Array, name: string, isBinary: boolean): Promise<TriangleMesh> {
  const { text, binary } = isBinary ? splitGlb(bytes, name) : { text: bytes, binary: undefined };
  const json = parseJson(text, name);
  checkDocument(json, name);
  const buffers = await loadBuffers(json, binary, name);
  strip(json);
  const views = json.bufferViews ?? [];
  return reading(name, 'glTF', async () => {
    const loader = new GLTFLoader();
    loader.register(() => ({
      name: 'evos_buffers',
      loadBufferView: (index: number) => Promise.resolve(sliceView(views[index], buffers, index, name)),
    }));
    const gltf = await new Promise<GLTF>((resolve, reject) => {
      loader.parse(json as never, '', resolve, (error: unknown) =>
        reject(error instanceof Error ? error : new Error(String(error))),
      );
    });
    gltf.scene.updateMatrixWorld(true);
    return merge(gltf.scene);
  });
}

function splitGlb(bytes: Uint8Array, name: string): { text: Uint8Array; binary: Uint8Array | undefined } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const fail = (got: string): never => {
    throw new InputError(
      `${name}: got ${got}; expected a GLB file, version 2, with all of its bytes; ${saveAgain}`,
    );
  };
  if (bytes.length < 20 || view.getUint32(0, true) !== 0x46546c67)
    return fail('a file that does not start as GLB does');
  if (view.getUint32(4, true) !== 2) return fail(`GLB version ${view.getUint32(4, true)}`);
  const length = view.getUint32(8, true);
  if (length > bytes.length) return fail(`${bytes.length} bytes of ${length}: the file is cut short`);
  let text: Uint8Array | undefined;
  let binary: Uint8Array | undefined;
  for (let at = 12; at + 8 <= length;) {
    const size = view.getUint32(at, true);
    const kind = view.getUint32(at + 4, true);
    if (at + 8 + size > length) return fail(`a part of ${size} bytes that goes beyond the file’s end`);
    const part = bytes.subarray(at + 8, at + 8 + size);
    if (kind === 0x4e4f534a) text ??= part;
    else if (kind === 0x004e4942) binary ??= part;
    at += 8 + size;
  }
  return text === undefined ? fail('no JSON part') : { text, binary };
}

function parseJson(text: Uint8Array, name: string): Document {
  try {
    const json = JSON.parse(new TextDecoder().decode(text)) as unknown;
    if (typeof json === 'object' && json !== null) return json as Document;
    throw new Error('not an object');
  } catch (cause) {
    throw new InputError(
      `${name}: the JSON cannot be read; expected a complete glTF document; ${saveAgain}`,
      { cause },
    );
  }
}

function checkDocument(json: Document, name: string): void {
  if (!(json.asset?.version ?? '').startsWith('2')) {
    throw new InputError(
      `${name}: got glTF version ${json.asset?.version ?? 'none'}; expected version 2; convert it`,
    );
  }
  const unknown = json.extensionsRequired?.find((extension) => !harmless.test(extension));
  if (unknown !== undefined) {
    throw new InputError(
      `${name}: got a file that needs the extension ${unknown}; expected plain or quantised meshes; ` +
        'export it without compression',
    );
  }
}

async function loadBuffers(
  json: Document,
  binary: Uint8Array | undefined,
  name: string,
): Promise<Uint8Array[]> {
  const buffers: Uint8Array[] = [];
  for (const [index, { uri, byteLength }] of (json.buffers ?? []).entries()) {
    const bytes = uri === undefined ? binary : await loadUri(uri, name);
    if (bytes === undefined || bytes.length < byteLength) {
      throw new InputError(
        `${name}: got ${bytes?.length ?? 0} bytes for buffer ${index}; expected ${byteLength}; ` +
          `the file is cut short or a part of it is missing: ${saveAgain}`,
      );
    }
    buffers.push(bytes);
  }
  return buffers;
}

async function loadUri(uri: string, name: string): Promise<Uint8Array> {
  const data = /^data:[^,]*?(;base64)?,/.exec(uri);
  if (data !== null) {
    const content = uri.slice(data[0].length);
    return data[1] === undefined
      ? Buffer.from(decodeURIComponent(content), 'latin1')
      : Buffer.from(content, 'base64');
  }
  const refuse = (): never => {
    throw new InputError(
      `${name}: got the buffer “${uri.slice(0, 80)}”; expected a file in the same folder or below it, or a data URI; ` +
        'put the file there and name it relatively',
    );
  };
  let relative: string;
  try {
    relative = decodeURIComponent(uri);
  } catch {
    return refuse();
  }
  if (/^[a-z][a-z0-9+.-]*:/i.test(relative) || path.isAbsolute(relative) || relative.includes('\\'))
    return refuse();
  const folder = path.dirname(path.resolve(name));
  const target = path.resolve(folder, relative);
  if (!isWithin(folder, target)) return refuse();
  // Links must not lead out either. A file that is missing is reported by reading it.
  const real = await realpath(target).catch(() => undefined);
  if (real !== undefined && !isWithin(await realpath(folder), real)) return refuse();
  return readMeshFile(target, `expected the buffer that ${name} names`);
}

function isWithin(folder: string, target: string): boolean {
  const way = path.relative(folder, target);
  return way !== '' && way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way);
}

function strip(json: Document): void {
  for (const part of leftOut) delete json[part];
  for (const mesh of json.meshes ?? [])
    for (const primitive of mesh.primitives ?? []) delete primitive.material;
  for (const node of json.nodes ?? []) {
    delete node.camera;
    if (node.extensions !== undefined) delete node.extensions['KHR_lights_punctual'];
  }
  json.extensionsUsed = (json.extensionsUsed ?? []).filter((extension) =>
    /^(KHR_mesh|EXT_mesh)/.test(extension),
  );
  delete json.extensionsRequired;
  if (json.extensions !== undefined) delete json.extensions;
  if (json.scenes === undefined) {
    const children = new Set((json.nodes ?? []).flatMap((node) => node.children ?? []));
    json.scenes = [{ nodes: (json.nodes ?? []).map((_, i) => i).filter((i) => !children.has(i)) }];
  }
}

function sliceView(
  view: { buffer: number; byteOffset?: number; byteLength: number } | undefined,
  buffers: readonly Uint8Array[],
  index: number,
  name: string,
): ArrayBuffer {
  const buffer = buffers[view?.buffer ?? -1];
  const start = view?.byteOffset ?? 0;
  if (view === undefined || buffer === undefined || start + view.byteLength > buffer.length) {
    throw new InputError(
      `${name}: got a buffer view ${index} beyond its buffer’s ${buffer?.length ?? 0} bytes; expected one inside; ${saveAgain}`,
    );
  }
  return exactBuffer(buffer.subarray(start, start + view.byteLength));
}

/** A mesh as often as the scene shows it, and where. */
interface Part {
  readonly mesh: Mesh;
  readonly matrix: Matrix4;
}

function merge(scene: Object3D): TriangleMesh {
  const parts: Part[] = [];
  scene.traverse((object) => {
    const mesh = object as Mesh & { readonly isInstancedMesh?: boolean; count?: number };
    if (!mesh.isMesh) return;
    if (mesh.isInstancedMesh !== true) {
      parts.push({ mesh, matrix: mesh.matrixWorld });
      return;
    }
    const instanced = mesh as unknown as { count: number; getMatrixAt(i: number, matrix: Matrix4): void };
    for (let i = 0; i < instanced.count; i++) {
      const matrix = new Matrix4();
      instanced.getMatrixAt(i, matrix);
      parts.push({ mesh, matrix: matrix.premultiply(mesh.matrixWorld) });
    }
  });
  let [vertices, corners] = [0, 0];
  for (const { mesh } of parts) {
    const count = mesh.geometry.getAttribute('position').count;
    vertices += count;
    corners += cornersOf(mesh.geometry.getIndex(), count);
  }
  const positions = new Float32Array(3 * vertices);
  const triangles = new Uint32Array(corners);
  let [vertex, corner] = [0, 0];
  for (const part of parts) {
    const count = part.mesh.geometry.getAttribute('position').count;
    writePositions(part, positions, 3 * vertex);
    corner = writeTriangles(part, triangles, corner, vertex, count);
    vertex += count;
  }
  return { positions, triangles };
}

/** Corners left over beyond whole triangles count for nothing, as in WebGL. */
const cornersOf = (index: BufferAttribute | null, count: number): number =>
  3 * Math.floor((index?.count ?? count) / 3);

function writePositions({ mesh, matrix }: Part, positions: Float32Array, to: number): void {
  const count = mesh.geometry.getAttribute('position').count;
  const point = new Vector3();
  for (let i = 0; i < count; i++) {
    // Denormalises, applies morph targets and skins.
    mesh
      .getVertexPosition(i, point)
      .applyMatrix4(matrix)
      .toArray(positions, to + 3 * i);
  }
}

function writeTriangles(
  { mesh, matrix }: Part,
  triangles: Uint32Array,
  to: number,
  firstVertex: number,
  count: number,
): number {
  const index = mesh.geometry.getIndex();
  const corners = cornersOf(index, count);
  // A mirror turns triangles inside out; this turns them back.
  const mirrored = matrix.determinant() < 0;
  for (let i = 0; i < corners; i += 3) {
    for (let k = 0; k < 3; k++) {
      const from = i + (mirrored ? (3 - k) % 3 : k);
      const vertex = index === null ? from : index.getX(from);
      if (!(vertex < count)) {
        throw new Error(`a triangle names vertex ${vertex} of ${count}`);
      }
      triangles[to + i + k] = firstVertex + vertex;
    }
  }
  return to + corners;
}
