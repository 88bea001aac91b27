// As much of a glTF document as a mesh takes, judged by a schema before anything is done with it (glTF 2.0 specification,
// section 5). What the schema does not name is not looked at. Extensions are judged by whoever reads them.
import { z } from 'zod';
import { InputError } from '../../../core/errors.js';
import { saveAgain } from '../bytes.js';
import { shown } from '../text.js';

const index = z.int().nonnegative();
const named = z.record(z.string(), index);
const extensions = z.record(z.string(), z.unknown()).default({});
const list = <Item extends z.ZodType>(item: Item) => z.array(item).default([]);
const vector = (length: number) => z.array(z.number()).length(length);

const bufferView = z.object({
  buffer: index,
  byteOffset: index.default(0),
  byteLength: index,
  byteStride: index.optional(),
  extensions,
});

const accessor = z.object({
  bufferView: index.optional(),
  byteOffset: index.default(0),
  componentType: index,
  normalized: z.boolean().default(false),
  count: index,
  type: z.string(),
  sparse: z
    .object({
      count: index,
      indices: z.object({ bufferView: index, byteOffset: index.default(0), componentType: index }),
      values: z.object({ bufferView: index, byteOffset: index.default(0) }),
    })
    .optional(),
});

const primitive = z.object({
  attributes: named,
  indices: index.optional(),
  mode: index.default(4),
  targets: list(named),
  extensions,
});

const node = z.object({
  children: list(index),
  mesh: index.optional(),
  skin: index.optional(),
  matrix: vector(16).optional(),
  translation: vector(3).optional(),
  rotation: vector(4).optional(),
  scale: vector(3).optional(),
  weights: z.array(z.number()).optional(),
  extensions,
});

const document = z.object({
  // A number is a usual slip of exporters written by hand.
  asset: z.object({ version: z.union([z.string(), z.number()]).transform(String) }),
  scene: index.optional(),
  scenes: z.array(z.object({ nodes: list(index) })).optional(),
  nodes: list(node),
  meshes: list(z.object({ primitives: z.array(primitive), weights: z.array(z.number()).optional() })),
  skins: list(z.object({ joints: z.array(index), inverseBindMatrices: index.optional() })),
  accessors: list(accessor),
  bufferViews: list(bufferView),
  buffers: list(z.object({ uri: z.string().optional(), byteLength: index, extensions })),
  extensionsUsed: list(z.string()),
  extensionsRequired: list(z.string()),
});

const compressed = z.object({
  buffer: index,
  byteOffset: index.default(0),
  byteLength: index,
  byteStride: index,
  count: index,
  mode: z.enum(['ATTRIBUTES', 'TRIANGLES', 'INDICES']),
  filter: z.enum(['NONE', 'OCTAHEDRAL', 'QUATERNION', 'EXPONENTIAL', 'COLOR']).default('NONE'),
});

const draco = z.object({ bufferView: index, attributes: named });
const instancing = z.object({ attributes: named });

/** A document, judged. */
export type GltfDocument = z.infer<typeof document>;
export type GltfAccessor = z.infer<typeof accessor>;
export type GltfNode = z.infer<typeof node>;
export type GltfPrimitive = z.infer<typeof primitive>;
export type GltfBufferView = z.infer<typeof bufferView>;
export type CompressedView = z.infer<typeof compressed>;

/** Required extensions that change no shape, or that are read here. */
const known =
  /^(KHR_materials_.*|KHR_texture_.*|EXT_texture_.*|KHR_lights_.*|KHR_xmp.*|KHR_mesh_quantization|EXT_mesh_gpu_instancing|KHR_draco_mesh_compression|(EXT|KHR)_meshopt_compression)$/;

/** Judges a document. @throws InputError that names the member that is wrong, or the extension that is not supported */
export function judgeDocument(json: unknown, name: string): GltfDocument {
  const version = versionOf(json);
  if (version !== undefined && !version.startsWith('2')) {
    throw new InputError(`${name}: got glTF version ${shown(version)}; expected version 2; convert it`);
  }
  const read = judge(document, json, name, '');
  const unknown = read.extensionsRequired.find((extension) => !known.test(extension));
  if (unknown !== undefined) {
    throw new InputError(
      `${name}: got a file that needs the extension ${shown(unknown)}, which is not supported; expected meshes, ` +
        'quantised or compressed by Draco or meshopt at most; export it without',
    );
  }
  return read;
}

/** What a document says of its version, so that older ones are not judged by the schema of this one. */
function versionOf(json: unknown): string | undefined {
  const { asset } = Object(json) as { asset?: unknown };
  const { version } = Object(asset) as { version?: unknown };
  return typeof version === 'string' || typeof version === 'number' ? String(version) : undefined;
}

/** A view's compression by meshopt; undefined where it has none. */
export const meshoptOf = (view: GltfBufferView, name: string, path: string): CompressedView | undefined => {
  const found = ['KHR_meshopt_compression', 'EXT_meshopt_compression'].find(
    (each) => each in view.extensions,
  );
  return found === undefined
    ? undefined
    : judge(compressed, view.extensions[found], name, `${path}.extensions.${found}`);
};

/** A primitive's compression by Draco; undefined where it has none. */
export const dracoOf = ({ extensions }: GltfPrimitive, name: string, path: string) =>
  'KHR_draco_mesh_compression' in extensions
    ? judge(
        draco,
        extensions['KHR_draco_mesh_compression'],
        name,
        `${path}.extensions.KHR_draco_mesh_compression`,
      )
    : undefined;

/** How often and where a node shows its mesh; undefined where it does so once. */
export const instancesOf = ({ extensions }: GltfNode, name: string, path: string) =>
  'EXT_mesh_gpu_instancing' in extensions
    ? judge(
        instancing,
        extensions['EXT_mesh_gpu_instancing'],
        name,
        `${path}.extensions.EXT_mesh_gpu_instancing`,
      )
    : undefined;

function judge<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  name: string,
  path: string,
): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const way = (issue?.path ?? []).reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`,
    path,
  );
  throw wrongMember(
    name,
    way === '' ? 'the document' : way,
    (issue?.message ?? '').replace(/^Invalid input: /, ''),
  );
}

/** A member that is not as the specification has it. */
export function wrongMember(name: string, path: string, problem: string): InputError {
  return new InputError(
    `${name}: ${path.slice(0, 120).replace(/\p{Cc}/gu, '\u{fffd}')}: ${problem}; expected a glTF document as its specification (2.0) has it; ${saveAgain}`,
  );
}

/** An item of one of the document's lists. @throws InputError for one that is not there */
export function itemAt<Item>(
  items: readonly Item[],
  at: number,
  list: string,
  name: string,
  from: string,
): Item {
  const item = items[at];
  if (item !== undefined) return item;
  throw wrongMember(name, from, `got ${list} ${at} of ${items.length}, counted from 0`);
}
