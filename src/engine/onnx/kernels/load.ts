// The project's WebAssembly kernels (kernels/*.ts beside src) and their memory. What of WebAssembly's own interface is
// needed is declared here: the type library that has it is the browser's, with everything else a browser has.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EvosError } from '../../../core/errors.js';

/** Memory of a kernel, in pages of 64 KiB. */
export interface KernelMemory {
  /** A shared one where the memory is shared. Of no use any more once the memory has grown. */
  readonly buffer: ArrayBuffer;
  /** Makes it larger by so many pages. */
  grow(pages: number): number;
}

interface WebAssemblyInterface {
  readonly Memory: new (options: { initial: number; maximum?: number; shared?: boolean }) => KernelMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyInterface };

const pageBytes = 65_536;

/** Memory of one thread, that ONNX Runtime may read and write too. */
export function createMemory(): KernelMemory {
  return new WebAssembly.Memory({ initial: 1 });
}

/** Memory of a fixed size that goes to other threads as it is. */
export function createSharedMemory(bytes: number): KernelMemory {
  const pages = Math.ceil(bytes / pageBytes);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}

/** Makes a memory at least so large. @returns whether it had to grow: views made before are then of no use. */
export function growTo(memory: KernelMemory, bytes: number): boolean {
  const missing = bytes - memory.buffer.byteLength;
  if (missing <= 0) return false;
  memory.grow(Math.ceil(missing / pageBytes));
  return true;
}

/** Signatures of kernels/sine.ts; offsets and lengths in bytes, lengths multiples of 16. */
export interface SineExports {
  sineCosine(
    halfTurns: number,
    bias: number,
    rowBytes: number,
    sine: number,
    cosine: number,
    bytes: number,
  ): void;
  sine(halfTurns: number, bias: number, rowBytes: number, sine: number, bytes: number): void;
  sineCosineLayer(
    points: number,
    weights: number,
    bias: number,
    rowBytes: number,
    sine: number,
    cosine: number,
    bytes: number,
  ): void;
  sineLayer(
    points: number,
    weights: number,
    bias: number,
    rowBytes: number,
    sine: number,
    bytes: number,
  ): void;
  sineCosineRadians(argument: number, sine: number, cosine: number, bytes: number): void;
  sineRadians(argument: number, sine: number, bytes: number): void;
}

/** Signature of kernels/adam.ts; offsets and lengths in bytes. */
export interface AdamExports {
  adam(
    parameters: number,
    m: number,
    v: number,
    gradients: number,
    stride: number,
    workers: number,
    from: number,
    to: number,
    stepSize: number,
    sqrtBiasCorrection2: number,
    beta1: number,
    oneMinusBeta1: number,
    beta2: number,
    oneMinusBeta2: number,
    epsilon: number,
  ): void;
}

/** Signatures of kernels/grid.ts; offsets and strides in bytes. */
export interface GridExports {
  toUnit(from: number, stride: number, to: number, count: number): void;
  encode(...places: GridPlaces): void;
  scatter(...places: GridPlaces): void;
  slopes(...places: GridPlaces): void;
}

type GridPlaces = [
  dims: number,
  levels: number,
  levelCount: number,
  points: number,
  table: number,
  values: number,
  stride: number,
  count: number,
];

/** Signatures by kernel. */
interface Kernels {
  sine: SineExports;
  adam: AdamExports;
  grid: GridExports;
}

/** Compiles a kernel for a memory; a thread makes each once. */
export function loadKernel<Name extends keyof Kernels>(name: Name, memory: KernelMemory): Kernels[Name] {
  const file = new URL(`./${name}.wasm`, import.meta.url);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    const message = `the kernel ${fileURLToPath(file)} cannot be read; reinstall the package, or run \`npm run build\``;
    throw new EvosError('internal', message, { cause });
  }
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } })
    .exports as Kernels[Name];
}
