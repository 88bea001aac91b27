// Configuration files under damage, read as `evos fit` and `evos compare` do: the file, its plugins, and its sections as the
// settings of each modality. TypeScript among them is run, so that faults in it are faults of a program.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { loadConfig, namedPlugins } from '../../src/cli/config.js';
import { modalities } from '../../src/recipes/modalities/registry.js';
import type { FuzzKind } from './harness.js';

const content = {
  plugins: [],
  fit: {
    ...{ strategy: 'evos', ratio: 0.25, interval: { from: 100, to: 50 }, schedule: 'linear', steps: 300 },
    ...{ backbone: 'siren', width: 64, depth: 2, omega: 30, crop: 64, device: 'cpu', checkpointEvery: 15 },
  },
  compare: { strategies: ['full', 'evos@ratio=0.1+steps=900', 'uniform'], seed: 7, steps: 100 },
  fitMesh: { samples: 4096, split: 'int', refresh: 20, fill: 0.9, sign: 'auto', levels: 4, loss: 'mape' },
  fitScene: { rays: 512, strategy: 'error-map', growth: 1.5, learningRate: 0.01, shrink: 2 },
};
const json = JSON.stringify(content, undefined, 2);

export const configs: FuzzKind = {
  samples: () =>
    Promise.resolve([
      { name: 'evos.config.json', bytes: Buffer.from(json) },
      { name: 'short.json', bytes: Buffer.from('{"fit":{"steps":300,"ratio":0.5}}') },
      {
        name: 'evos.config.ts',
        bytes: Buffer.from(`const config: object = ${json};\nexport default config;\n`),
      },
      { name: 'evos.config.mjs', bytes: Buffer.from('export default { fit: { steps: 300, crop: 64 } };\n') },
    ]),
  async read(bytes, { name }, folder) {
    const file = path.join(folder, name);
    await writeFile(file, bytes);
    await namedPlugins(['fit', 'x.png', '--config', file], folder);
    const { sections, plugins } = await loadConfig(file, folder);
    for (const { settings, sections: names } of modalities()) {
      settings.fit({ plugins }, sections[names.fit] ?? {});
      const { strategies } = settings.compare({ plugins }, sections[names.compare] ?? {});
      strategies.forEach((entry) => settings.entry(entry));
    }
  },
  short: 100,
};
