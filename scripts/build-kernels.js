// Compiles the WebAssembly kernels (kernels/*.ts, AssemblyScript) to where the built package reads them.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

const root = new URL('../', import.meta.url);
const out = new URL('dist/engine/onnx/kernels/', root);
const shared = ['--enable', 'threads', '--sharedMemory', '--maximumMemory', '65536'];
/**
 * `adam` and `grid` work in the memory that all threads share; `sine` in one that ONNX Runtime may read, which shared is
 * not.
 */
const kernels = { sine: [], adam: shared, grid: shared };

await mkdir(out, { recursive: true });
for (const [name, flags] of Object.entries(kernels)) {
  const { error, stderr } = await main([
    fileURLToPath(new URL(`kernels/${name}.ts`, root)),
    ...['--outFile', fileURLToPath(new URL(`${name}.wasm`, out))],
    ...['-O3', '--runtime', 'stub', '--noAssert', '--importMemory', '--enable', 'simd'],
    ...flags,
  ]);
  if (error) {
    console.error(stderr.toString());
    process.exit(1);
  }
}
