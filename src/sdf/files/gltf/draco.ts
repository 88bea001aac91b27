// Primitives compressed by Draco, decoded by Google's decoder as WebAssembly (KHR_draco_mesh_compression). three's DRACOLoader
// wants a browser's workers.
import type { DracoDecoder, DracoMesh, DracoModule } from 'draco3dgltf';
import { firstLine } from '../../../core/check.js';
import { InputError } from '../../../core/errors.js';
import { decode, type Accessors, type Values } from './accessors.js';
import { wrongMember, type GltfPrimitive } from './document.js';

/** What a primitive's compression holds, attributes by their names. */
export interface Unpacked {
  readonly indices: Uint32Array;
  readonly attributes: ReadonlyMap<string, Values>;
}

/**
 * Most triangles that a byte may hold: a flat grid compresses to next to nothing, but files are not to ask for gigabytes.
 */
const mostTriangles = 1000;

/** A primitive's compression, the member that says it, and where its numbers are described. */
export interface DracoSource {
  readonly bytes: Uint8Array;
  /** Draco's numbers of attributes by their names. */
  readonly ids: Readonly<Record<string, number>>;
  readonly primitive: GltfPrimitive;
  readonly accessors: Accessors;
  readonly name: string;
  readonly path: string;
}

/** Decodes the attributes that are wanted. @throws InputError for damaged data, or others than the accessors describe */
export async function unpackDraco(source: DracoSource, wanted: readonly string[]): Promise<Unpacked> {
  checkCounts(source);
  const { default: draco } = await import('draco3dgltf');
  const silent = (): void => undefined;
  // One for each primitive: what it took of memory, and what a damaged one left behind, goes with it.
  const module = await draco.createDecoderModule({ print: silent, printErr: silent });
  try {
    return decodeMesh(module, source, wanted);
  } catch (error) {
    if (error instanceof InputError || error instanceof TypeError) throw error;
    // WebAssembly that ran out of its memory, or into nonsense.
    throw damaged(source, firstLine(error));
  }
}

/** Holds what the data announce against what the document does, before memory is taken for it. */
function checkCounts(source: DracoSource): void {
  const { bytes, primitive, accessors, name, path } = source;
  if (primitive.mode !== 4 && primitive.mode !== 5) {
    throw wrongMember(name, path, `got Draco data in a primitive of mode ${primitive.mode}`);
  }
  const announced = announcedTriangles(bytes);
  if (announced === undefined) return;
  if (announced > mostTriangles * bytes.length) {
    throw damaged(source, `${announced} triangles in ${bytes.length} bytes`);
  }
  if (primitive.indices === undefined) return;
  const { count } = accessors.describe(primitive.indices, `${path}.indices`).accessor;
  if (primitive.mode === 4 && count !== 3 * announced) {
    throw damaged(source, `${announced} triangles for ${count} indices`);
  }
}

/** How many triangles the data begin by saying they hold; undefined where that stands further on (bitstream 2.2). */
function announcedTriangles(bytes: Uint8Array): number | undefined {
  const [major, minor, method] = [bytes[5], bytes[6], bytes[8]];
  const hasMetadata = ((bytes[10] ?? 0) & 0x80) !== 0;
  if (major !== 2 || minor !== 2 || hasMetadata) return undefined;
  let at = 11;
  const next = (): number => {
    let [value, shift] = [0, 0];
    for (; at < bytes.length && shift < 35; shift += 7) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  // Of the sequential method the triangles come first; edgebreaker's kind and vertices stand before them.
  if (method === 0) return next();
  at++;
  next();
  return next();
}

function decodeMesh(module: DracoModule, source: DracoSource, wanted: readonly string[]): Unpacked {
  const decoder = new module.Decoder();
  const mesh = new module.Mesh();
  const { buffer, byteOffset, byteLength } = source.bytes;
  const bytes = new Int8Array(buffer, byteOffset, byteLength);
  if (decoder.GetEncodedGeometryType(bytes) !== module.TRIANGULAR_MESH) throw damaged(source, 'no mesh');
  const status = decoder.DecodeArrayToMesh(bytes, byteLength, mesh);
  if (!status.ok()) throw damaged(source, status.error_msg());
  const attributes = new Map<string, Values>();
  for (const attribute of wanted)
    attributes.set(attribute, readAttribute(module, decoder, mesh, source, attribute));
  const length = 12 * mesh.num_faces();
  const packed = copied(module, source, length, (pointer) =>
    decoder.GetTrianglesUInt32Array(mesh, length, pointer),
  );
  return { indices: new Uint32Array(packed.buffer), attributes };
}

/** An attribute of all vertices, in the type that its accessor says. */
function readAttribute(
  module: DracoModule,
  decoder: DracoDecoder,
  mesh: DracoMesh,
  source: DracoSource,
  attribute: string,
): Values {
  const { ids, primitive, accessors, path } = source;
  const id = ids[attribute];
  const found = id === undefined ? undefined : decoder.GetAttributeByUniqueId(mesh, id);
  if (found === undefined || module.getPointer(found) === 0) {
    throw damaged(source, `no attribute ${String(id)} for ${attribute}`);
  }
  const index = primitive.attributes[attribute] ?? -1;
  const { accessor, layout } = accessors.describe(index, `${path}.attributes.${attribute}`);
  const count = mesh.num_points();
  if (found.num_components() !== layout.size || count !== accessor.count) {
    throw damaged(
      source,
      `${count} × ${found.num_components()} numbers of ${attribute} for an accessor of ${accessor.count} × ${layout.size}`,
    );
  }
  const types = new Map([
    [5120, module.DT_INT8],
    [5121, module.DT_UINT8],
    [5122, module.DT_INT16],
    [5123, module.DT_UINT16],
    [5125, module.DT_UINT32],
    [5126, module.DT_FLOAT32],
  ]);
  const length = count * layout.bytes;
  const packed = copied(module, source, length, (pointer) =>
    decoder.GetAttributeDataArrayForAllPoints(
      mesh,
      found,
      types.get(accessor.componentType)!,
      length,
      pointer,
    ),
  );
  return decode(packed, accessor, layout);
}

/** Bytes that the decoder writes, out of its memory. */
function copied(
  module: DracoModule,
  source: DracoSource,
  length: number,
  write: (pointer: number) => boolean,
): Uint8Array<ArrayBuffer> {
  const pointer = module._malloc(length);
  if (pointer === 0 || !write(pointer)) throw damaged(source, 'it does not hold what it announces');
  const result = new Uint8Array(module.HEAPU8.subarray(pointer, pointer + length));
  module._free(pointer);
  return result;
}

const damaged = ({ name, path }: Pick<DracoSource, 'name' | 'path'>, what: string) =>
  wrongMember(name, path, `its Draco data are damaged or others than described (${what})`);
