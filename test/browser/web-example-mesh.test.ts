// The example's page learns a mesh that is dropped on it, in headless Chromium on a software GPU.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import * as ort from 'onnxruntime-node';
import { TorusKnotGeometry } from 'three';
import { mergeVertices } from 'three/examples/jsm/utils/BufferGeometryUtils.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadMesh, writeMesh } from '../../src/sdf/files/index.js';
import { createDistanceField } from '../../src/sdf/index.js';
import { tasksBetween, tasksInTheWay, traceCategories } from './main-thread.js';
import { coloursOf, missing, servePage, software, type ServedPage } from './web-example-page.js';

const query =
  '?example=torus-knot&samples=32768&ratio=0.015&width=16&steps=130&resolution=16&size=32&backbone=hash-grid';
const iou = `Number(/IoU ([\\d.]+)/.exec(document.querySelector('#status').textContent)?.[1])`;

/** A knot ten units long, far from the origin. */
function knot() {
  const geometry = new TorusKnotGeometry(3, 1, 120, 16).translate(100, -50, 20);
  for (const name of ['normal', 'uv']) geometry.deleteAttribute(name);
  const { index, attributes } = mergeVertices(geometry, 1e-4);
  return {
    positions: new Float32Array(attributes['position']?.array ?? []),
    triangles: new Uint32Array(index?.array ?? []),
  };
}

describe.skipIf(missing)('the example page, with a mesh', () => {
  let served: ServedPage;
  beforeAll(async () => {
    served = await servePage();
  });
  afterAll(() => served.close());

  it('learns its surface, shows it from all sides, and gives it in the file’s own units', async () => {
    const mesh = knot();
    const [file, broken] = ['knot.obj', 'broken.stl'].map((name) => path.join(served.folder, name));
    await writeMesh(file!, mesh);
    writeFileSync(broken!, 'solid, as people say');
    const { browser, page, complaints } = await served.open(software, query);
    await page.waitForFunction(`performance.getEntriesByName('began').length === 1`);
    await browser.startTracing(page, { categories: traceCategories });
    await page.setInputFiles('#file', file!);
    await page.waitForFunction(`performance.getEntriesByName('began').length === 2`);
    // What cannot be read is told, and leaves the training at work.
    await page.setInputFiles('#file', broken!);
    await page.waitForFunction(`document.querySelector('#trouble').textContent !== ''`);
    expect(await page.textContent('#trouble')).toMatch(/^broken\.stl cannot be read as STL/);
    await page.waitForFunction(
      `/^step 130 of 130/.test(document.querySelector('#status').textContent)`,
      undefined,
      {
        timeout: 0,
        polling: 250,
      },
    );
    const tasks = tasksBetween(await browser.stopTracing(), 'began', 'ended');
    expect(tasksInTheWay(tasks)).toEqual([]);
    expect(await page.textContent('#status')).toMatch(/numbers for 3,840 triangles$/);
    expect(await page.evaluate(iou)).toBeGreaterThan(0.75);
    expect(await page.inputValue('[name=example]')).toBe('file');

    const colours = await coloursOf(page, '#meshes');
    expect(Object.keys(colours)).toEqual(['original', 'surface', 'samples']);
    for (const [name, count] of Object.entries(colours)) expect(count, name).toBeGreaterThan(50);
    const picture = (): Promise<Buffer> => page.locator('#surface').screenshot();
    const before = await picture();
    await page.locator('#surface').dragTo(page.locator('#original'));
    await expect.poll(async () => before.equals(await picture())).toBe(false);

    const download = async (button: string, name: string): Promise<string> => {
      const saved = page.waitForEvent('download', { timeout: 120_000 });
      await page.click(button);
      const file = await saved;
      expect(file.suggestedFilename()).toBe(name);
      await file.saveAs(path.join(served.folder, name));
      return path.join(served.folder, name);
    };
    const session = await ort.InferenceSession.create(await download('#download', 'model.onnx'));
    const corner = new ort.Tensor('float32', Float32Array.of(0.95, 0.95, 0.95), [1, 3]);
    const { values } = await session.run({ coordinates: corner });
    expect(Number(values?.data[0])).toBeGreaterThan(0.1);
    await session.release();

    const glb = await download('#downloadMesh', 'mesh.glb');
    const { mesh: found, report } = await loadMesh(glb, { origin: [0, 0, 0] });
    expect(report.watertight).toBe(true);
    const field = await createDistanceField(mesh, { workers: 0 });
    const distances = await field.distances(found.positions);
    // The knot is some ten units long, and a cell of the file’s grid a third of one.
    const sum = distances.reduce((all, distance) => all + Math.abs(distance), 0);
    expect(sum / distances.length).toBeLessThan(0.08);
    await field.dispose();

    // Whoever starts twice gets the second, and back to a picture.
    await page.click('#restart');
    await page.selectOption('[name=example]', 'picture');
    await page.waitForFunction(`/PSNR .* pixels$/.test(document.querySelector('#status').textContent)`);
    expect(await page.locator('#meshes').isVisible()).toBe(false);
    expect(await page.textContent('#trouble')).toBe('');
    expect(complaints).toEqual([]);
  });
});
