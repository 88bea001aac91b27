// The loops of blocks.ts as WebAssembly, four numbers at a time: three to five times as fast as the same in JavaScript,
// which takes over where an engine has no WebAssembly, no SIMD, or is forbidden to compile.

/** `blocks.wat` assembled, in hexadecimal; a test assembles it anew and compares. Exported for that. */
export const code = [
  '0061736d01000000010b0260027f7f017f6000017f0304030000010503010001072004066d656d6f72790200046c6973',
  '7400000573706c69740001047369676e00020aed0303950102037f027b2001fd1121052000fd11fd0c00000000010000',
  '000200000003000000fdae012106418008210241808801210303402002fd0004002005fd40fda4012104200320062004',
  '410474fd000400fd0efd0b040020032004694102746a21032006fd0c04000000040000000400000004000000fdae0121',
  '06200241106a2102200241808801490d000b2003418088016b4102760bc40102037f067b2000fd1121052001fd112106',
  '418008210241a08802210303402002fd000400210720072006fd3c210820092008fdb1012109200a2007fd0c0000807f',
  '0000807f0000807f0000807ffd3cfd50210a20072005fd402008fd4ffda4012104200320072004410474fd000400fd0e',
  'fd0b040020032004694102746a2103200241106a2102200241808801490d000b4180022009fd1b002009fd1b016a2009',
  'fd1b022009fd1b036a6a360200418402200afda401360200200341a088026b4102760b8d0102017f047b418008210003',
  '402000fd00040021012001411ffdac0121032001fd0cffffff7fffffff7fffffff7fffffff7ffd4e210220042002fd0c',
  '0000807f0000807f0000807f0000807ffd3cfd502104200020022003fd512003fdb101fd0c0000008000000080000000',
  '8000000080fd51fd0b0400200041106a2100200041808801490d000b2004fda4010b',
].join('');

/** Bytes of the memory: the arrays below, and tables of the code's own. */
const layout = { shuffles: 0, found: 256, keys: 1024, listed: 17_408, near: 33_824 } as const;

/** The loops and the arrays they work on; see blocks.ts. */
export interface SimdBlock {
  readonly keys: Uint32Array;
  readonly listed: Uint32Array;
  readonly near: Uint32Array;
  /** How many keys are above, and not 0 if one is beyond the bits of infinity: what `split` finds. */
  readonly found: Uint32Array;
  list(base: number, low: number): number;
  split(low: number, high: number): number;
  sign(): number;
}

/** What is used of WebAssembly, which every engine has or has not as a global. */
interface Engine {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

/** @returns undefined where it cannot be had */
export function createSimdBlock(size: number): SimdBlock | undefined {
  const { WebAssembly: engine } = globalThis as { WebAssembly?: Engine };
  if (engine === undefined) return undefined;
  const bytes = Uint8Array.from(code.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
  let exports: Pick<SimdBlock, 'list' | 'split' | 'sign'> & {
    readonly memory: { readonly buffer: ArrayBuffer };
  };
  try {
    exports = new engine.Instance(new engine.Module(bytes)).exports as typeof exports;
  } catch {
    return undefined;
  }
  const { list, split, sign, memory } = exports;
  new Uint8Array(memory.buffer, layout.shuffles, 256).set(shuffles());
  const array = (at: number, length: number): Uint32Array => new Uint32Array(memory.buffer, at, length);
  return {
    keys: array(layout.keys, size),
    listed: array(layout.listed, size),
    near: array(layout.near, size),
    found: array(layout.found, 2),
    list,
    split,
    sign,
  };
}

/** For every mask of four lanes, the bytes of those chosen, moved to the front; 255 makes a 0. */
function shuffles(): Uint8Array {
  const table = new Uint8Array(256).fill(255);
  for (let mask = 0; mask < 16; mask++) {
    let to = 16 * mask;
    for (let lane = 0; lane < 4; lane++) {
      if (((mask >> lane) & 1) === 0) continue;
      for (let byte = 0; byte < 4; byte++) table[to++] = 4 * lane + byte;
    }
  }
  return table;
}
