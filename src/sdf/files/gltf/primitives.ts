// The triangles of a document's meshes, before the scene moves them: positions, what morph targets and skins change of them,
// and strips and fans as triangles.
import type { Accessors, Values } from './accessors.js';
import { dracoOf, itemAt, wrongMember, type GltfDocument, type GltfPrimitive } from './document.js';
import { unpackDraco, type Unpacked } from './draco.js';

/** Joints and weights of the vertices, four each. */
export interface Influences {
  readonly joints: Values;
  readonly weights: Values;
}

/** The triangles of one primitive. */
export interface Part {
  /** The member it comes from. */
  readonly path: string;
  readonly positions: Values;
  /** `[F, 3]`. */
  readonly triangles: Uint32Array;
  /** What each morph target adds to the positions, `[V, 3]`; undefined for one that moves nothing. */
  readonly targets: readonly (Values | undefined)[];
  readonly influences: readonly Influences[];
}

/** Reads meshes, each once. */
export class Meshes {
  readonly #document: GltfDocument;
  readonly #accessors: Accessors;
  readonly #name: string;
  readonly #read = new Map<number, Promise<readonly Part[]>>();

  constructor(document: GltfDocument, accessors: Accessors, name: string) {
    this.#document = document;
    this.#accessors = accessors;
    this.#name = name;
  }

  /** The primitives of a mesh that have triangles. @param from the member that names it */
  get(index: number, from: string): Promise<readonly Part[]> {
    const known = this.#read.get(index) ?? this.#readMesh(index, from);
    this.#read.set(index, known);
    return known;
  }

  async #readMesh(index: number, from: string): Promise<readonly Part[]> {
    const { primitives } = itemAt(this.#document.meshes, index, 'mesh', this.#name, from);
    const parts: Part[] = [];
    for (const [i, primitive] of primitives.entries()) {
      const path = `meshes[${index}].primitives[${i}]`;
      if (primitive.mode > 6) throw wrongMember(this.#name, `${path}.mode`, `got ${primitive.mode}`);
      // Points and lines have no surface, nor has a primitive without positions.
      if (primitive.mode < 4 || primitive.attributes['POSITION'] === undefined) continue;
      parts.push(await this.#readPrimitive(primitive, path));
    }
    return parts;
  }

  async #readPrimitive(primitive: GltfPrimitive, path: string): Promise<Part> {
    const { attributes } = primitive;
    const sets = Object.keys(attributes).flatMap((name) => /^JOINTS_(\d{1,2})$/.exec(name)?.[1] ?? []);
    const wanted = ['POSITION', ...sets.flatMap((set) => [`JOINTS_${set}`, `WEIGHTS_${set}`])];
    const unpacked = await this.#unpack(primitive, path, wanted);
    const read = async (attribute: string): Promise<Values> => {
      const packed = unpacked?.attributes.get(attribute);
      if (packed !== undefined) return packed;
      const at = attributes[attribute];
      const where = `${path}.attributes.${attribute}`;
      if (at === undefined) throw wrongMember(this.#name, where, 'missing');
      return this.#accessors.get(at, where);
    };
    const positions = this.#sized(await read('POSITION'), 3, undefined, `${path}.attributes.POSITION`);
    const { count } = positions;
    const influences: Influences[] = [];
    for (const set of sets) {
      const [joints, weights] = [`JOINTS_${set}`, `WEIGHTS_${set}`];
      influences.push({
        joints: this.#sized(await read(joints), 4, count, `${path}.attributes.${joints}`),
        weights: this.#sized(await read(weights), 4, count, `${path}.attributes.${weights}`),
      });
    }
    const targets: (Values | undefined)[] = [];
    for (const [k, target] of primitive.targets.entries()) {
      const at = target['POSITION'];
      const where = `${path}.targets[${k}].POSITION`;
      targets.push(
        at === undefined ? undefined : this.#sized(await this.#accessors.get(at, where), 3, count, where),
      );
    }
    const indices = unpacked?.indices ?? (await this.#indices(primitive, path));
    return {
      path,
      positions,
      triangles: this.#triangles(primitive, indices, count, path),
      targets,
      influences,
    };
  }

  /** Draco's data where they are required, or where nothing else is there. */
  async #unpack(
    primitive: GltfPrimitive,
    path: string,
    wanted: readonly string[],
  ): Promise<Unpacked | undefined> {
    const position = this.#document.accessors[primitive.attributes['POSITION'] ?? -1];
    const required = this.#document.extensionsRequired.includes('KHR_draco_mesh_compression');
    if (!required && (position?.bufferView !== undefined || position?.sparse !== undefined)) return undefined;
    const draco = dracoOf(primitive, this.#name, path);
    if (draco === undefined) return undefined;
    const where = `${path}.extensions.KHR_draco_mesh_compression`;
    const source = {
      bytes: await this.#accessors.view(draco.bufferView, `${where}.bufferView`),
      ids: draco.attributes,
      primitive,
      accessors: this.#accessors,
      name: this.#name,
      path,
    };
    return unpackDraco(
      source,
      wanted.filter((each) => each in draco.attributes),
    );
  }

  #sized(values: Values, size: number, count: number | undefined, path: string): Values {
    if (values.size === size && (count === undefined || values.count === count)) return values;
    throw wrongMember(
      this.#name,
      path,
      `got ${values.count} elements of ${values.size} numbers, not ${count ?? 'some'} of ${size}`,
    );
  }

  async #indices({ indices }: GltfPrimitive, path: string): Promise<Uint32Array | undefined> {
    if (indices === undefined) return undefined;
    const where = `${path}.indices`;
    const { array, size } = await this.#accessors.get(indices, where);
    if (array instanceof Uint32Array && size === 1) return array;
    throw wrongMember(this.#name, where, 'got elements that are no unsigned integers');
  }

  /** Corners left over beyond whole triangles count for nothing, as in WebGL. */
  #triangles(
    { mode }: GltfPrimitive,
    indices: Uint32Array | undefined,
    count: number,
    path: string,
  ): Uint32Array {
    const corners = indices?.length ?? count;
    const faces = mode === 4 ? Math.floor(corners / 3) : Math.max(0, corners - 2);
    const triangles = new Uint32Array(3 * faces);
    for (let t = 0; t < faces; t++) {
      for (let k = 0; k < 3; k++) {
        const corner = cornerOf(mode, t, k);
        const vertex = indices === undefined ? corner : indices[corner]!;
        if (vertex >= count) {
          throw wrongMember(this.#name, `${path}.indices`, `a triangle names vertex ${vertex} of ${count}`);
        }
        triangles[3 * t + k] = vertex;
      }
    }
    return triangles;
  }
}

/** Which corner of a list (4), a strip (5) or a fan (6) is the k-th of triangle t (specification, section 3.7.2.1). */
function cornerOf(mode: number, t: number, k: number): number {
  if (mode === 4) return 3 * t + k;
  if (mode === 5) return k === 0 ? t : t + (t % 2 === 0 ? k : 3 - k);
  return k === 2 ? 0 : t + 1 + k;
}
