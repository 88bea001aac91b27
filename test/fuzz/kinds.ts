// What can be fuzzed, a line each. A kind is loaded when it is asked for: none pays for another's readers.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { FuzzKind } from './harness.js';

/** Readers of files, with one that is right for each of them. */
interface Readers {
  readonly seeds: Readonly<Record<string, Uint8Array>>;
  readonly read: (file: string) => Promise<unknown>;
}

/** @param short inputs of the short run */
function ofFiles({ seeds, read }: Readers, short: number): FuzzKind {
  return {
    samples: () => Promise.resolve(Object.entries(seeds).map(([name, bytes]) => ({ name, bytes }))),
    async read(bytes, { name }, folder) {
      const file = path.join(folder, name);
      await writeFile(file, bytes);
      return read(file);
    },
    short,
  };
}

/** The kinds by the name that `npm run fuzz` takes. */
export const kinds: Readonly<Record<string, () => Promise<FuzzKind>>> = {
  pictures: async () => (await import('./pictures.js')).pictures,
  masks: async () => (await import('./masks.js')).masks,
  meshes: async () => {
    const meshes = await import('./meshes.js');
    return ofFiles({ seeds: Object.fromEntries(meshes.seeds), read: (file) => meshes.read(file) }, 60);
  },
  checkpoints: async () => (await import('./checkpoints.js')).checkpoints,
  configs: async () => (await import('./configs.js')).configs,
  models: async () => (await import('./models.js')).models,
  networks: async () => (await import('./networks.js')).networks,
  npy: async () => ofFiles(await import('./npy.js'), 400),
  records: async () => (await import('./records.js')).records,
  scenes: async () => ofFiles(await import('./scenes.js'), 60),
  serve: async () => (await import('./serve.js')).serve,
};
