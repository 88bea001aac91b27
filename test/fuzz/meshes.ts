// What fuzzing the readers of meshes takes: small sound files by name, one of each way in which a reader goes, and what reads
// one. Whoever damages them expects a mesh or an error of the EvosError family.
import { encodeMesh } from '../../fixtures/make-meshes.js';
import {
  dracoGltf,
  meshoptGltf,
  plainGltf,
  posedGltf,
  toGlb,
  toGltf,
} from '../../fixtures/mesh/gltf-documents.js';
import { bowl, box, sphere } from '../../fixtures/mesh/surfaces.js';
import { loadMesh } from '../../src/sdf/files/load.js';

const text = (lines: readonly string[], end = '\n'): Uint8Array => Buffer.from(lines.join(end) + end);
const cube = ['0 0 0', '0 0 1', '0 1 0', '0 1 1', '1 0 0', '1 0 1', '1 1 0', '1 1 1'];
const quads = ['0 1 3 2', '4 6 7 5', '0 4 5 1', '2 3 7 6', '0 2 6 4', '1 5 7 3'];

const obj = [
  ...['# a cube', 'mtllib none.mtl', 'o cube', ...cube.map((point) => `v ${point} 1.0 0.5 0.25`)],
  ...['vt 0 0', 'vn 0 0 1', 's off', 'f 1/1/1 2 4// 3 # left', 'f 5 7 8 6', 'f -8 -4 -3 \\', ' -7'],
  ...['f 3 4 8 7', 'f 1 3 7 5', 'f 2 6 8 4', 'l 1 2'],
];

const strips = [
  ...['ply', 'format ascii 1.0', 'comment strips', 'element vertex 8'],
  ...['x', 'y', 'z'].map((axis) => `property double ${axis}`),
  ...['property uchar red', 'element tristrips 1', 'property list int int vertex_indices', 'element face 6'],
  ...['property uchar flags', 'property list uchar uint vertex_index', 'end_header'],
  ...cube.map((point) => `${point} 255`),
  ...['10 0 1 4 5 -1 6 7 2 3 0', ...quads.map((quad) => `7 4 ${quad}`)],
];

const stl = [
  ...['solid cube', 'facet normal 0 0 1', 'outer loop', 'vertex 0 0 0', 'vertex 1e0 0 0', 'vertex 0 1.5 0'],
  ...['endloop', 'endfacet', 'facet normal nan 0 0', 'outer loop', 'vertex 0 0 0', 'vertex 0 1 0'],
  ...['vertex 0 0 1', 'endloop', 'endfacet', 'endsolid cube'],
];

const ball = sphere(1, 4, 6);

/** Small files that are read, by name; the extension says which reader. */
export const seeds: ReadonlyMap<string, Uint8Array> = new Map<string, Uint8Array>([
  ['cube.obj', text(obj)],
  [
    'far.obj',
    text(
      obj.map((line) => line.replace(/^v 1/, 'v 4649777.25')),
      '\r\n',
    ),
  ],
  ['strips.ply', text(strips)],
  ['box.ply', encodeMesh('box.ply', box(2, 1, 1.5))],
  ['bowl.ply', encodeMesh('bowl.ply', bowl(1, 0.3, 3, 5))],
  ['corner.stl', text(stl)],
  ['ball.stl', encodeMesh('ball.stl', ball)],
  ['plain.gltf', toGltf(plainGltf(box(1, 1, 1)))],
  ['plain.glb', toGlb(plainGltf(box(1, 1, 1)))],
  ['posed.gltf', toGltf(posedGltf())],
  ['posed.glb', toGlb(posedGltf())],
  ['meshopt.glb', toGlb(await meshoptGltf(ball, 'required'))],
  ['meshopt.gltf', toGltf(await meshoptGltf(ball, 'optional'))],
  ['draco.glb', toGlb(await dracoGltf(ball, 'required'))],
  ['draco-sequential.glb', toGlb(await dracoGltf(ball, 'required', 'sequential'))],
]);

/** Reads one file. */
export async function read(file: string): Promise<void> {
  await loadMesh(file);
}
