// What all kernels share: their uniforms, and the functions that tell an invocation which part of the work is its own.
// Tests turn the parts around: a kernel whose result depends on who does what has a race.

/** Which invocation and which workgroup takes which part. */
export type Order = 'plain' | 'reversed' | 'bits';

/** How a kernel is written. */
export interface Writing {
  /** Default `plain`; results are the same bits in every order. */
  readonly order?: Order;
  /** Whether a network that fits one kernel gets it. Default true. */
  readonly fused?: boolean;
}

/** Words of a kernel's uniforms. */
export const paramsWords = 20;

/** The uniforms of every kernel; each reads what it needs; `writeParams` fills them. */
export const paramsSource = `
struct Params {
  rows: u32, first: u32, inner: u32, outer: u32,
  block: u32, chunk: u32, flags: u32, total: u32,
  x: vec4f, y: vec4f, z: vec4u,
}
@group(0) @binding(0) var<uniform> u: Params;`;

/** Numbers in a kernel's uniforms. */
export interface Params {
  /** Samples of the micro-batch. */
  readonly rows?: number;
  /** The micro-batch's first sample in the batch. */
  readonly first?: number;
  /** Numbers per row of the product's left factor. */
  readonly inner?: number;
  /** Numbers per row of its result. */
  readonly outer?: number;
  /** Where a layer begins among the parameters. */
  readonly block?: number;
  /** Rows of a slice. */
  readonly chunk?: number;
  readonly flags?: number;
  /** Numbers of all parameters, which is the distance between slices. */
  readonly total?: number;
  /** Up to eight numbers of the kernel's own. */
  readonly factors?: readonly number[];
  /** Up to four places in the kernel's output. */
  readonly places?: readonly number[];
}

/** Writes uniforms. */
export function writeParams(out: DataView, at: number, params: Params): void {
  const { rows = 0, first = 0, inner = 0, outer = 0, block = 0, chunk = 0, flags = 0, total = 0 } = params;
  [rows, first, inner, outer, block, chunk, flags, total].forEach((value, i) =>
    out.setUint32(at + 4 * i, value, true),
  );
  for (let i = 0; i < 8; i++) out.setFloat32(at + 32 + 4 * i, params.factors?.[i] ?? 0, true);
  for (let i = 0; i < 4; i++) out.setUint32(at + 64 + 4 * i, params.places?.[i] ?? 0, true);
}

/** A kernel's head: `t` is the invocation's number, `wg` its workgroup's place. */
export function kernelHead(size: number, { order = 'plain' }: Writing): string {
  const bits = Math.log2(size);
  const lane = {
    plain: 'index',
    reversed: `${size - 1}u - index`,
    bits: `reverseBits(index) >> ${32 - bits}u`,
  };
  if (order === 'plain') {
    return `@compute @workgroup_size(${size}) fn main(@builtin(workgroup_id) wg: vec3u, @builtin(local_invocation_index) t: u32) {`;
  }
  return `@compute @workgroup_size(${size}) fn main(@builtin(workgroup_id) place: vec3u,
  @builtin(num_workgroups) places: vec3u, @builtin(local_invocation_index) index: u32) {
  let t = ${lane[order]};
  let wg = places - vec3u(1u) - place;`;
}

/** Declares a kernel's buffers, from binding 1 on. */
export function buffersSource(
  buffers: readonly (readonly [name: string, access: Access, type: string])[],
): string {
  return buffers
    .map(
      ([name, access, type], i) =>
        `@group(0) @binding(${i + 1}) var<storage, ${access}> ${name}: array<${type}>;`,
    )
    .join('\n');
}

/** How a kernel uses a buffer. */
export type Access = 'read' | 'read_write';

/** A kernel, ready to be compiled. */
export interface KernelSource {
  /** Tells kernels apart. */
  readonly name: string;
  readonly code: string;
  /** How it uses its buffers, from binding 1 on. */
  readonly buffers: readonly Access[];
}

/** Puts a kernel together. */
export function kernel(
  name: string,
  buffers: readonly (readonly [name: string, access: Access, type: string])[],
  ...parts: readonly string[]
): KernelSource {
  return {
    name,
    code: [paramsSource, buffersSource(buffers), ...parts].join('\n'),
    buffers: buffers.map(([, access]) => access),
  };
}

/** 0 … n − 1. */
export const range = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i);

/** What a kernel's name ends with, where it is not written in the usual way. */
export const suffix = ({ order = 'plain' }: Writing): string => (order === 'plain' ? '' : `-${order}`);
