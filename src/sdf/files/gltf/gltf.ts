// Reads GLB and glTF: all meshes of the scene become one, in the scene's frame. three's GLTFLoader was left: it believes the
// document, prints, leaves promises that nobody waits for, and would fetch and decode as a page does. What a mesh takes of it
// is a few matrices, which three multiplies here, in doubles.
import { Matrix4, Quaternion, Vector3 } from 'three';
import { InputError } from '../../../core/errors.js';
import { maxIndices } from '../../mesh-check.js';
import type { RawMesh } from '../raw-mesh.js';
import { Accessors, type Values } from './accessors.js';
import { Buffers, parseJson, splitGlb } from './container.js';
import {
  instancesOf,
  itemAt,
  judgeDocument,
  wrongMember,
  type GltfDocument,
  type GltfNode,
} from './document.js';
import { Meshes, type Part } from './primitives.js';

/** A primitive as the scene shows it. */
interface Shown {
  readonly part: Part;
  /** Where it is, unless a skin says so. */
  readonly matrix: Matrix4;
  /** Of a skin: where each joint takes the vertices. */
  readonly joints: readonly Matrix4[] | undefined;
  /** Of its morph targets. */
  readonly weights: readonly number[];
}

/** Reads all meshes of a document's scene; a file without scenes counts as one with everything in it. */
export async function parseGltf(bytes: Uint8Array, name: string, isBinary: boolean): Promise<RawMesh> {
  const { text, binary } = isBinary ? splitGlb(bytes, name) : { text: bytes, binary: undefined };
  const document = judgeDocument(parseJson(text, name), name);
  const accessors = new Accessors(document, new Buffers(document, binary, name), name, bytes.length);
  const scene = new Scene(document, accessors, name);
  return merge(await scene.show(), name);
}

/** The nodes of a document. */
class Scene {
  readonly #document: GltfDocument;
  readonly #accessors: Accessors;
  readonly #meshes: Meshes;
  readonly #name: string;
  /** Of each node, from its own frame to the scene's. */
  readonly #matrices: readonly Matrix4[];

  constructor(document: GltfDocument, accessors: Accessors, name: string) {
    this.#document = document;
    this.#accessors = accessors;
    this.#meshes = new Meshes(document, accessors, name);
    this.#name = name;
    this.#matrices = this.#place();
  }

  /** The scene's primitives. */
  async show(): Promise<Shown[]> {
    const shown: Shown[] = [];
    for (const index of this.#shownNodes()) {
      const node = this.#document.nodes[index]!;
      if (node.mesh === undefined) continue;
      const path = `nodes[${index}]`;
      const parts = await this.#meshes.get(node.mesh, `${path}.mesh`);
      const joints = node.skin === undefined ? undefined : await this.#joints(node.skin, `${path}.skin`);
      const weights = node.weights ?? this.#document.meshes[node.mesh]?.weights ?? [];
      for (const matrix of await this.#instances(node, index, path)) {
        for (const part of parts) shown.push({ part, matrix, joints, weights });
      }
    }
    return shown;
  }

  /** Matrices of all nodes. @throws InputError for nodes that are no trees */
  #place(): Matrix4[] {
    const { nodes } = this.#document;
    const parents = new Int32Array(nodes.length).fill(-1);
    for (const [i, { children }] of nodes.entries()) {
      for (const child of children) {
        itemAt(nodes, child, 'node', this.#name, `nodes[${i}].children`);
        if (parents[child]! >= 0) {
          throw wrongMember(
            this.#name,
            `nodes[${i}].children`,
            `node ${child} has node ${parents[child]} as a parent too`,
          );
        }
        parents[child] = i;
      }
    }
    const matrices = nodes.map(ownMatrix);
    const queue = nodes.flatMap((_, i) => (parents[i] === -1 ? [i] : []));
    for (let at = 0; at < queue.length; at++) {
      const parent = queue[at]!;
      for (const child of nodes[parent]!.children) {
        matrices[child]!.premultiply(matrices[parent]!);
        queue.push(child);
      }
    }
    if (queue.length < nodes.length) {
      throw wrongMember(this.#name, 'nodes', 'some are their own ancestors');
    }
    return matrices;
  }

  /** The nodes of the scene that the file shows first, each once. */
  #shownNodes(): number[] {
    const { nodes, scenes, scene } = this.#document;
    if (scenes === undefined) return nodes.map((_, i) => i);
    if (scenes.length === 0 && scene === undefined) return [];
    const roots = itemAt(scenes, scene ?? 0, 'scene', this.#name, 'scene').nodes;
    const found = new Set<number>();
    for (const root of roots) {
      itemAt(nodes, root, 'node', this.#name, `scenes[${scene ?? 0}].nodes`);
      found.add(root);
    }
    // A set goes on to what is added while it is gone through.
    for (const index of found) for (const child of nodes[index]!.children) found.add(child);
    return [...found];
  }

  /** Where a node shows its mesh: once, or as often as EXT_mesh_gpu_instancing says. */
  async #instances(node: GltfNode, index: number, path: string): Promise<Matrix4[]> {
    const matrix = this.#matrices[index]!;
    const instances = instancesOf(node, this.#name, path);
    if (instances === undefined) return [matrix];
    const read = async (attribute: string, size: number): Promise<Values | undefined> => {
      const at = instances.attributes[attribute];
      if (at === undefined) return undefined;
      const where = `${path}.extensions.EXT_mesh_gpu_instancing.attributes.${attribute}`;
      const values = await this.#accessors.get(at, where);
      if (values.size === size) return values;
      throw wrongMember(this.#name, where, `got elements of ${values.size} numbers`);
    };
    const translation = await read('TRANSLATION', 3);
    const rotation = await read('ROTATION', 4);
    const scale = await read('SCALE', 3);
    const given = [translation, rotation, scale].filter((values) => values !== undefined);
    const count = given[0]?.count ?? 1;
    if (given.some((values) => values.count !== count)) {
      throw wrongMember(
        this.#name,
        `${path}.extensions.EXT_mesh_gpu_instancing`,
        'its attributes are not as many',
      );
    }
    return Array.from({ length: count }, (_, i) => {
      const row = (values: Values | undefined, size: number): number[] | undefined =>
        values && [...values.array.subarray(size * i, size * (i + 1))];
      return composed(row(translation, 3), row(rotation, 4), row(scale, 3)).premultiply(matrix);
    });
  }

  /** Of each joint: from the mesh's frame to the scene's. */
  async #joints(index: number, from: string): Promise<Matrix4[]> {
    const { joints, inverseBindMatrices } = itemAt(this.#document.skins, index, 'skin', this.#name, from);
    const path = `skins[${index}]`;
    const where = `${path}.inverseBindMatrices`;
    const inverse =
      inverseBindMatrices === undefined ? undefined : await this.#accessors.get(inverseBindMatrices, where);
    if (inverse !== undefined && (inverse.size !== 16 || inverse.count < joints.length)) {
      throw wrongMember(this.#name, where, `got ${inverse.count} elements of ${inverse.size} numbers`);
    }
    return joints.map((joint, i) => {
      const matrix = itemAt(this.#matrices, joint, 'node', this.#name, `${path}.joints`).clone();
      if (inverse !== undefined) matrix.multiply(new Matrix4().fromArray(inverse.array, 16 * i));
      return matrix;
    });
  }
}

function ownMatrix({ matrix, translation, rotation, scale }: GltfNode): Matrix4 {
  return matrix === undefined ? composed(translation, rotation, scale) : new Matrix4().fromArray(matrix);
}

function composed(
  [x = 0, y = 0, z = 0]: readonly number[] = [],
  [qx = 0, qy = 0, qz = 0, qw = 1]: readonly number[] = [],
  [sx = 1, sy = 1, sz = 1]: readonly number[] = [],
): Matrix4 {
  return new Matrix4().compose(
    new Vector3(x, y, z),
    new Quaternion(qx, qy, qz, qw).normalize(),
    new Vector3(sx, sy, sz),
  );
}

function merge(shown: readonly Shown[], name: string): RawMesh {
  let [vertices, corners] = [0, 0];
  for (const { part } of shown) {
    vertices += part.positions.count;
    corners += part.triangles.length;
  }
  if (corners > maxIndices || vertices > maxIndices) {
    throw new InputError(
      `${name}: got a scene that shows ${Math.max(corners / 3, vertices / 3)} triangles; expected at most ` +
        `${Math.floor(maxIndices / 3)}; show fewer copies, or simplify the mesh`,
    );
  }
  const positions = new Float64Array(3 * vertices);
  const triangles = new Uint32Array(corners);
  let [vertex, corner] = [0, 0];
  for (const each of shown) {
    const { part } = each;
    const mirrored = writePositions(each, positions.subarray(3 * vertex), name);
    // A mirror turns triangles inside out; this turns them back.
    for (let i = 0; i < part.triangles.length; i++) {
      const k = i % 3;
      triangles[corner++] = vertex + part.triangles[mirrored ? i - k + ((3 - k) % 3) : i]!;
    }
    vertex += part.positions.count;
  }
  return { positions, triangles, notes: [] };
}

/** Writes a primitive's vertices. @returns whether they come out mirrored */
function writePositions({ part, matrix, joints, weights }: Shown, to: Float64Array, name: string): boolean {
  const { array, count } = part.positions;
  const skin = joints === undefined ? undefined : new Skin(part, joints, name);
  const moved = part.targets.flatMap((values, k) =>
    values !== undefined && weights[k] ? [{ deltas: values.array, weight: weights[k] }] : [],
  );
  const point = new Vector3();
  for (let i = 0; i < count; i++) {
    point.fromArray(array, 3 * i);
    for (const { deltas, weight } of moved) {
      point.x += weight * deltas[3 * i]!;
      point.y += weight * deltas[3 * i + 1]!;
      point.z += weight * deltas[3 * i + 2]!;
    }
    if (skin === undefined) point.applyMatrix4(matrix);
    else skin.move(i, point);
    point.toArray(to, 3 * i);
  }
  return (skin?.first ?? matrix).determinant() < 0;
}

/** Moves vertices by their joints; where the node stands does not matter then (specification, section 3.7.3.3). */
class Skin {
  readonly #part: Part;
  readonly #joints: readonly Matrix4[];
  readonly #from = new Vector3();
  readonly #by = new Vector3();
  /** The matrix of the first vertex's first joint. */
  readonly first: Matrix4;

  constructor(part: Part, joints: readonly Matrix4[], name: string) {
    if (part.influences.length === 0) {
      throw wrongMember(name, `${part.path}.attributes`, 'got no JOINTS_0 and WEIGHTS_0 for a skin');
    }
    for (const { joints: of } of part.influences) {
      for (const joint of of.array) {
        if (!(joint >= 0 && joint < joints.length)) {
          throw wrongMember(name, `${part.path}.attributes`, `got joint ${joint} of ${joints.length}`);
        }
      }
    }
    this.#part = part;
    this.#joints = joints;
    this.first = joints[part.influences[0]?.joints.array[0] ?? 0] ?? new Matrix4();
  }

  /** Weights are made to add up to 1; a vertex without any goes with its first joint. */
  move(vertex: number, point: Vector3): void {
    const { influences } = this.#part;
    let total = 0;
    for (const { weights } of influences) for (let k = 0; k < 4; k++) total += weights.array[4 * vertex + k]!;
    this.#from.copy(point);
    if (!(total > 0)) {
      point.applyMatrix4(this.#joints[influences[0]!.joints.array[4 * vertex]!]!);
      return;
    }
    point.set(0, 0, 0);
    for (const { joints, weights } of influences) {
      for (let k = 0; k < 4; k++) {
        const weight = weights.array[4 * vertex + k]! / total;
        if (weight === 0) continue;
        const matrix = this.#joints[joints.array[4 * vertex + k]!]!;
        point.addScaledVector(this.#by.copy(this.#from).applyMatrix4(matrix), weight);
      }
    }
  }
}
