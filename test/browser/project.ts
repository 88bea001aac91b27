// A project that has the built package among its own, as an installed one lies there: bundlers treat what is linked from elsewhere
// in another way.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Makes one, with files by their names. @returns its folder */
export function projectWithEvos(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'evos-project-'));
  const modules = path.join(folder, 'node_modules');
  mkdirSync(path.join(modules, 'evos'), { recursive: true });
  cpSync('package.json', path.join(modules, 'evos/package.json'));
  cpSync('dist', path.join(modules, 'evos/dist'), {
    recursive: true,
    filter: (name) => !/\.(map|d\.ts)$/.test(name),
  });
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: object };
  for (const name of Object.keys(dependencies)) {
    const link = path.join(modules, name);
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(path.resolve('node_modules', name), link);
  }
  const all = { 'package.json': '{ "type": "module" }', ...files };
  for (const [name, text] of Object.entries(all)) writeFileSync(path.join(folder, name), text);
  return folder;
}

/** Uses something of every entry for browsers; what it returns is the same in Node. */
export const program = `
import { createRandom, createSelector } from 'evos';
import { createLaplacian, createPixelPool, createPixelSelector, imageFromPixels } from 'evos/image';
import { createDistanceField, createPointSelector } from 'evos/sdf';
import { createIntrinsics, createRayPool, createRaySampler } from 'evos/nerf';
import { createTrainer, siren, devices } from 'evos/engine';

export async function everything() {
  const random = createRandom(7);
  const lines = [];
  const tell = (what, values) => lines.push(what + ' ' + Array.from(values).join());

  const selector = createSelector({ strategy: 'evos-online', size: 50, batchSize: 8 });
  for (let step = 0; step < 5; step++) {
    const selection = selector.next();
    tell('evos', selection.indices);
    selector.report(selection, { errors: Float32Array.from(selection.indices, (i) => i / 50) });
  }

  const data = Uint8ClampedArray.from({ length: 8 * 6 * 4 }, (_, i) => (i % 4 === 3 ? 255 : random.float() * 255));
  const image = imageFromPixels({ width: 8, height: 6, data });
  const pool = createPixelPool(image);
  tell('image', pool.gather({ indices: Uint32Array.of(3, 40), size: 2, whole: false }).targets);

  // A tetrahedron.
  const mesh = {
    positions: Float64Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1),
    triangles: Uint32Array.of(0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3),
  };
  const field = await createDistanceField(mesh);
  tell('sdf', await field.distances(Float32Array.of(0.1, 0.1, 0.1, 1, 1, 1, -1, 0, 0)));
  await field.dispose();

  const pose = Float64Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 2, 1);
  const intrinsics = createIntrinsics({ width: 4, height: 4, fx: 4 });
  const view = { name: 'a', file: undefined, intrinsics, pose, split: undefined };
  const rays = createRayPool({ views: [view], hasAlpha: false });
  rays.setPixels(0, Uint8Array.from({ length: 48 }, (_, i) => i), 3);
  const sampler = createRaySampler(rays, { strategy: 'evos', seed: 1 });
  const batch = sampler.next(4);
  tell('nerf', [...batch.origins, ...batch.directions, ...batch.targets]);

  const [first] = siren({ inputDim: 2, outputDim: 1 }).initialise(createRandom(1));
  tell('engine', first.subarray(0, 4));
  return lines.join('\\n');
}

export const refusal = () => {
  try {
    createTrainer({ model: siren({ inputDim: 2, outputDim: 1 }), device: 'cpu' });
  } catch (error) {
    return error.name + ': ' + error.message + ' (' + devices().map(({ name }) => name) + ')';
  }
};

export { imageFromPixels, createPixelSelector, createPointSelector, createLaplacian };
`;
