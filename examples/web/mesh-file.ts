// Meshes out of dropped files, by three's loaders: all of a file's meshes as one, its corners joined, near the origin.
import {
  BufferAttribute,
  BufferGeometry,
  InstancedMesh,
  Matrix4,
  Mesh,
  MeshBasicMaterial,
  TorusKnotGeometry,
  Vector3,
  type Object3D,
} from 'three';
import { GLTFLoader } from 'three/examples/jsm/loaders/GLTFLoader.js';
import { OBJLoader } from 'three/examples/jsm/loaders/OBJLoader.js';
import { PLYLoader } from 'three/examples/jsm/loaders/PLYLoader.js';
import { STLLoader } from 'three/examples/jsm/loaders/STLLoader.js';
import { MeshoptDecoder } from 'three/examples/jsm/libs/meshopt_decoder.module.js';
import { mergeVertices } from 'three/examples/jsm/utils/BufferGeometryUtils.js';
import type { TriangleMesh } from 'evos/sdf';

/** A mesh around its own middle. */
export type PlacedMesh = TriangleMesh & { readonly origin: readonly [x: number, y: number, z: number] };

/** A mesh to begin with: a tube in a knot. */
export const exampleMesh = (): PlacedMesh =>
  joined(new Mesh(new TorusKnotGeometry(0.6, 0.2, 200, 24)), 'the example');

/** A mesh from a file. @throws Error, with what to say, where it cannot be read */
export async function readMesh(file: File): Promise<PlacedMesh> {
  const { name } = file;
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  const bytes = await file.arrayBuffer();
  return joined(await sceneOf(bytes, extension, name), name);
}

async function sceneOf(bytes: ArrayBuffer, extension: string, name: string): Promise<Object3D> {
  const text = (): string => new TextDecoder().decode(bytes);
  try {
    switch (extension) {
      case 'obj':
        return new OBJLoader().parse(text());
      case 'ply':
        return meshOfPly(bytes, name);
      case 'stl':
        return new Mesh(new STLLoader().parse(bytes));
      default:
        return await sceneOfGlb(bytes, name);
    }
  } catch (cause) {
    if (cause instanceof Unreadable) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Unreadable(
      `${name} cannot be read as ${extension.toUpperCase()} (${reason}); export it again, or as another format`,
    );
  }
}

/** What three's loaders do not say well enough. */
class Unreadable extends Error {}

/** Three's loader takes points for triangles where there are no faces, and passes over faces of more than four corners. */
function meshOfPly(bytes: ArrayBuffer, name: string): Mesh {
  const geometry = new PLYLoader().parse(bytes);
  const header = new TextDecoder().decode(bytes.slice(0, 65_536)).split('end_header')[0] ?? '';
  const faces = Number(/^element face (\d+)/m.exec(header)?.[1] ?? 0);
  if (faces === 0) {
    throw new Unreadable(`${name} has no faces; expected a mesh of triangles`);
  }
  if ((geometry.index?.count ?? 0) / 3 >= faces) return new Mesh(geometry);
  throw new Unreadable(
    `${name} says that it has ${faces} faces, and some cannot be read: faces of more than four corners in PLY are not supported ` +
      'by this page; export it as triangles, or fit it by npx evos fit',
  );
}

async function sceneOfGlb(bytes: ArrayBuffer, name: string): Promise<Object3D> {
  if (new TextDecoder().decode(bytes.slice(0, 4)) !== 'glTF') {
    throw new Unreadable(
      `${name} is no binary glTF, whose buffers are in the file itself; export it as .glb`,
    );
  }
  const words = new TextDecoder().decode(bytes.slice(20, 20 + new DataView(bytes).getUint32(12, true)));
  if (words.includes('KHR_draco_mesh_compression')) {
    throw new Unreadable(
      `${name} is compressed by Draco, which this page does not support; export it without, or fit it by npx evos fit`,
    );
  }
  const loader = new GLTFLoader().setMeshoptDecoder(MeshoptDecoder);
  // Pictures on the surface are of no use here.
  const plain = new MeshBasicMaterial();
  loader.register(() => ({ name: 'plain', loadMaterial: () => Promise.resolve(plain) }));
  return (await loader.parseAsync(bytes, '')).scene;
}

const isMesh = (node: Object3D): node is Mesh => node instanceof Mesh;

/** All meshes of a scene as one. Corners at the same place, to a millionth of its size, become one. */
function joined(scene: Object3D, name: string): PlacedMesh {
  const positions: number[] = [];
  const triangles: number[] = [];
  scene.updateMatrixWorld(true);
  scene.traverse((node) => {
    if (!isMesh(node)) return;
    for (const matrix of placesOf(node)) append(node, matrix, positions, triangles);
  });
  if (triangles.length === 0) throw new Unreadable(`${name} has no triangles; expected a mesh`);
  const { center, longest } = boxOf(positions, name);
  const around = Float32Array.from(positions, (value, i) => value - center[i % 3]!);
  const geometry = new BufferGeometry().setAttribute('position', new BufferAttribute(around, 3));
  geometry.setIndex(new BufferAttribute(Uint32Array.from(triangles), 1));
  const merged = mergeVertices(geometry, longest * 1e-6);
  return {
    positions: new Float32Array(merged.getAttribute('position').array),
    triangles: new Uint32Array(merged.index?.array ?? []),
    origin: center,
  };
}

function placesOf(node: Mesh): Matrix4[] {
  if (!(node instanceof InstancedMesh)) return [node.matrixWorld];
  return Array.from({ length: node.count }, (_, i) => {
    const own = new Matrix4();
    node.getMatrixAt(i, own);
    return own.premultiply(node.matrixWorld);
  });
}

/** Adds a mesh as it is posed. Where its place mirrors it, its triangles are turned round. */
function append(node: Mesh, matrix: Matrix4, positions: number[], triangles: number[]): void {
  const { geometry } = node;
  const first = positions.length / 3;
  const vertices = geometry.getAttribute('position').count;
  const point = new Vector3();
  for (let i = 0; i < vertices; i++) positions.push(...node.getVertexPosition(i, point).applyMatrix4(matrix));
  const index = geometry.index?.array;
  const corners = index?.length ?? vertices;
  const turned = matrix.determinant() < 0 ? [0, 2, 1] : [0, 1, 2];
  for (let i = 0; i + 2 < corners; i += 3) {
    for (const k of turned) triangles.push(first + (index?.[i + k] ?? i + k));
  }
}

function boxOf(positions: readonly number[], name: string) {
  const min = [Infinity, Infinity, Infinity];
  const max = [-Infinity, -Infinity, -Infinity];
  for (const [i, value] of positions.entries()) {
    if (!Number.isFinite(value))
      throw new Unreadable(`${name} has corners that are not numbers; export it again`);
    min[i % 3] = Math.min(min[i % 3]!, value);
    max[i % 3] = Math.max(max[i % 3]!, value);
  }
  const middle = (axis: number): number => (min[axis]! + max[axis]!) / 2;
  const center = [middle(0), middle(1), middle(2)] as const;
  return { center, longest: Math.max(...max.map((value, axis) => value - min[axis]!)) };
}
