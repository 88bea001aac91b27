// The numbers of a document: buffer views, those that meshopt compressed among them, accessors, sparse ones among them. Every
// count is held against the bytes there are before memory is taken for it (glTF 2.0 specification, section 3.6).
import type { Buffers } from './container.js';
import {
  itemAt,
  meshoptOf,
  wrongMember,
  type CompressedView,
  type GltfAccessor,
  type GltfDocument,
} from './document.js';
import { shown } from '../text.js';

/** Numbers as an accessor has them. */
export interface Values {
  /** Unsigned integers, or floats, normalised integers as such: from −1 or 0 to 1. */
  readonly array: Float32Array | Float64Array | Uint32Array;
  /** Numbers of each element. */
  readonly size: number;
  readonly count: number;
}

/** Element types: how many numbers. */
const sizes: ReadonlyMap<string, number> = new Map([
  ['SCALAR', 1],
  ['VEC2', 2],
  ['VEC3', 3],
  ['VEC4', 4],
  ['MAT4', 16],
]);

/** Component types. */
interface Component {
  readonly bytes: number;
  /** What the largest integer is, and 1 when it is normalised; undefined for floats. */
  readonly largest?: number;
  readonly get: (view: DataView, at: number) => number;
}

const components: ReadonlyMap<number, Component> = new Map<number, Component>([
  [5120, { bytes: 1, largest: 127, get: (view, at) => view.getInt8(at) }],
  [5121, { bytes: 1, largest: 255, get: (view, at) => view.getUint8(at) }],
  [5122, { bytes: 2, largest: 32_767, get: (view, at) => view.getInt16(at, true) }],
  [5123, { bytes: 2, largest: 65_535, get: (view, at) => view.getUint16(at, true) }],
  [5125, { bytes: 4, largest: 2 ** 32 - 1, get: (view, at) => view.getUint32(at, true) }],
  [5126, { bytes: 4, get: (view, at) => view.getFloat32(at, true) }],
]);

/** Most bytes that meshopt makes of one: a block of vertices that are all alike takes two bits for 256 bytes. */
const mostUnpacked = 1024;

/** What an accessor's members say of its elements. */
export interface Layout {
  readonly component: Component;
  readonly size: number;
  /** Bytes of an element. */
  readonly bytes: number;
}

/** Reads accessors, each once. */
export class Accessors {
  readonly #document: GltfDocument;
  readonly #buffers: Buffers;
  readonly #name: string;
  readonly #views = new Map<number, Promise<Uint8Array>>();
  readonly #values = new Map<number, Promise<Values>>();
  /** Elements that accessors may still have beyond the bytes of the file, which are all zero. */
  #spare: number;

  /** @param fileBytes what the file has, for accessors that have no bytes of their own */
  constructor(document: GltfDocument, buffers: Buffers, name: string, fileBytes: number) {
    this.#document = document;
    this.#buffers = buffers;
    this.#name = name;
    this.#spare = fileBytes;
  }

  /** @param from the member that names it */
  get(index: number, from: string): Promise<Values> {
    const known = this.#values.get(index) ?? this.#read(index, from);
    this.#values.set(index, known);
    return known;
  }

  /** An accessor as it is described. @throws InputError for one that is not there, or of an unknown type */
  describe(index: number, from: string): { readonly accessor: GltfAccessor; readonly layout: Layout } {
    const accessor = itemAt(this.#document.accessors, index, 'accessor', this.#name, from);
    const component = components.get(accessor.componentType);
    const size = sizes.get(accessor.type);
    if (component === undefined || size === undefined) {
      throw wrongMember(
        this.#name,
        `accessors[${index}]`,
        `got the type ${shown(accessor.type)} of components ${accessor.componentType}`,
      );
    }
    return { accessor, layout: { component, size, bytes: size * component.bytes } };
  }

  /** The bytes of a view. */
  view(index: number, from: string): Promise<Uint8Array> {
    const known = this.#views.get(index) ?? this.#readView(index, from);
    this.#views.set(index, known);
    return known;
  }

  async #read(index: number, from: string): Promise<Values> {
    const { accessor, layout } = this.describe(index, from);
    const path = `accessors[${index}]`;
    const { count, bufferView, byteOffset, sparse } = accessor;
    const packed =
      bufferView === undefined
        ? this.#zeros(count, layout, path)
        : await this.#rows(bufferView, byteOffset, count, layout, path);
    if (sparse !== undefined) await this.#replace(packed, accessor, sparse, layout, path);
    return decode(packed, accessor, layout);
  }

  /** An accessor without bytes is all zero. Files are not to ask for more of that than they have bytes. */
  #zeros(count: number, { bytes }: Layout, path: string): Uint8Array {
    if (count > this.#spare) {
      throw wrongMember(
        this.#name,
        path,
        `got ${count} elements without a buffer view in a file of fewer bytes`,
      );
    }
    this.#spare -= count;
    return new Uint8Array(count * bytes);
  }

  /** Elements without what lies between them. */
  async #rows(
    view: number,
    offset: number,
    count: number,
    { bytes }: Layout,
    path: string,
  ): Promise<Uint8Array> {
    const source = await this.view(view, `${path}.bufferView`);
    const stride = this.#document.bufferViews[view]!.byteStride ?? bytes;
    const end = offset + stride * (count - 1) + bytes;
    if (count > 0 && (stride < bytes || end > source.length)) {
      throw wrongMember(
        this.#name,
        path,
        `got ${count} elements of ${bytes} bytes, ${stride} apart from byte ${offset} on, in a buffer view of ${source.length}`,
      );
    }
    // A Buffer's own `slice` would not copy.
    if (stride === bytes) return new Uint8Array(source.subarray(offset, offset + bytes * count));
    const packed = new Uint8Array(bytes * count);
    for (let i = 0; i < count; i++) {
      const at = offset + stride * i;
      packed.set(source.subarray(at, at + bytes), bytes * i);
    }
    return packed;
  }

  async #replace(
    packed: Uint8Array,
    { count }: GltfAccessor,
    sparse: NonNullable<GltfAccessor['sparse']>,
    layout: Layout,
    path: string,
  ): Promise<void> {
    const where = `${path}.sparse`;
    const component = components.get(sparse.indices.componentType);
    if (component?.largest === undefined) {
      throw wrongMember(this.#name, `${where}.indices`, `got components ${sparse.indices.componentType}`);
    }
    const places = { component, size: 1, bytes: component.bytes };
    const { indices, values, count: changed } = sparse;
    const at = await this.#rows(indices.bufferView, indices.byteOffset, changed, places, `${where}.indices`);
    const rows = await this.#rows(values.bufferView, values.byteOffset, changed, layout, `${where}.values`);
    const view = viewOf(at);
    for (let i = 0; i < changed; i++) {
      const index = component.get(view, component.bytes * i);
      if (!(index >= 0 && index < count)) {
        throw wrongMember(this.#name, `${where}.indices`, `got element ${index} of ${count}`);
      }
      packed.set(rows.subarray(layout.bytes * i, layout.bytes * (i + 1)), layout.bytes * index);
    }
  }

  async #readView(index: number, from: string): Promise<Uint8Array> {
    const path = `bufferViews[${index}]`;
    const view = itemAt(this.#document.bufferViews, index, 'buffer view', this.#name, from);
    const required = this.#document.extensionsRequired.some((each) => each.endsWith('_meshopt_compression'));
    // Where compression is not required the plain bytes are there, and it is left alone.
    if (required || !this.#buffers.has(view.buffer)) {
      const compressed = meshoptOf(view, this.#name, path);
      if (compressed !== undefined) return this.#unpack(compressed, path);
    }
    return this.#slice(view.buffer, view.byteOffset, view.byteLength, path);
  }

  async #slice(buffer: number, offset: number, length: number, path: string): Promise<Uint8Array> {
    const bytes = await this.#buffers.get(buffer, `${path}.buffer`);
    if (offset + length <= bytes.length) return bytes.subarray(offset, offset + length);
    throw wrongMember(
      this.#name,
      path,
      `got bytes ${offset} to ${offset + length} of buffer ${buffer}, which has ${bytes.length}`,
    );
  }

  async #unpack(compressed: CompressedView, path: string): Promise<Uint8Array> {
    const { buffer, byteOffset, byteLength, byteStride, count, mode, filter } = compressed;
    const source = await this.#slice(buffer, byteOffset, byteLength, path);
    if (count * byteStride > mostUnpacked * byteLength || byteStride > 256) {
      throw wrongMember(
        this.#name,
        path,
        `got ${count} elements of ${byteStride} bytes in ${byteLength} compressed ones`,
      );
    }
    const { MeshoptDecoder } = await import('three/addons/libs/meshopt_decoder.module.js');
    await MeshoptDecoder.ready;
    const target = new Uint8Array(count * byteStride);
    try {
      MeshoptDecoder.decodeGltfBuffer(target, count, byteStride, source, mode, filter);
    } catch (cause) {
      throw wrongMember(this.#name, path, `its meshopt data are damaged (${String(cause)})`);
    }
    return target;
  }
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Bytes of elements without gaps as numbers. Integers become floats where they are normalised, or may be negative. */
export function decode(
  packed: Uint8Array,
  { count, normalized, componentType }: Pick<GltfAccessor, 'count' | 'normalized' | 'componentType'>,
  { component, size }: Pick<Layout, 'component' | 'size'>,
): Values {
  const length = count * size;
  // Whoever packed them began at an aligned byte; Node's machines have the lowest byte first, as glTF.
  if (componentType === 5126)
    return { array: new Float32Array(packed.buffer, packed.byteOffset, length), size, count };
  const view = viewOf(packed);
  const { bytes, largest, get } = component;
  const whole = !normalized && [5121, 5123, 5125].includes(componentType);
  const array = whole ? new Uint32Array(length) : new Float64Array(length);
  const unit = normalized && largest !== undefined ? largest : 1;
  for (let i = 0; i < length; i++)
    array[i] = Math.max(get(view, bytes * i) / unit, normalized ? -1 : -Infinity);
  return { array, size, count };
}
