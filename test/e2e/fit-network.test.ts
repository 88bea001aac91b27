// `evos fit --model`: the network of a file is what is trained, goes on, is rendered, inspected and compared, and comes back as the
// file that it was, with other weights.
import { copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import sharp from 'sharp';
import {
  compare,
  fitImage,
  fitMesh,
  fitScene,
  renderMeshModel,
  renderModel,
  resumeImage,
} from 'evos/recipes';
import { decodeModel, modelFromOnnx } from 'evos/onnx';
import { scripted, traced, type Layer } from '../../fixtures/exported.js';
import { evos, temporaryFolder } from '../support/command.js';

/** A SIREN's layers, from a fixed sequence. */
function layers(...widths: readonly number[]): Layer[] {
  let state = 1;
  const draw = (range: number): number => {
    state = (state * 16_807) % 2_147_483_647;
    return range * ((2 * state) / 2_147_483_647 - 1);
  };
  return widths.slice(1).map((out, i) => {
    const into = widths[i] ?? 1;
    const range = i === 0 ? 1 / into : Math.sqrt(6 / into) / 30;
    return {
      weight: Float32Array.from({ length: out * into }, () => draw(range)),
      bias: Float32Array.from({ length: out }, () => draw(0.1)),
    };
  });
}

const photo = path.resolve('fixtures/photo.png');
const folder = temporaryFolder();
const at = (...names: string[]): string => path.join(folder, ...names);
const small = { crop: 24, steps: 60, device: 'cpu', workers: 1 } as const;
async function drained<Event>(run: AsyncIterable<Event>): Promise<Event[]> {
  const events: Event[] = [];
  for await (const event of run) events.push(event);
  return events;
}

beforeAll(async () => {
  await mkdir(at('mine'));
  await writeFile(at('mine', 'old.onnx'), scripted(layers(2, 16, 16, 3)));
  await writeFile(at('mine', 'new.onnx'), traced(layers(2, 16, 16, 3)));
  await writeFile(at('mine', 'distance.onnx'), scripted(layers(3, 12, 1)));
});

describe('a picture by a network of a file', () => {
  const run = at('run');
  const pixels = (file: string): Promise<Buffer> => sharp(file).removeAlpha().raw().toBuffer();

  it('is fitted as a configuration file says, whose paths start there, and is told', async () => {
    const fit = { ...small, model: 'new.onnx', freeze: ['net.0.linear.bias'], learningRate: 1e-3 };
    await writeFile(at('mine', 'evos.config.json'), JSON.stringify({ fit }));
    const done = await evos(['fit', photo, '--config', at('mine', 'evos.config.json'), '--out', run]);
    expect(done.code, done.stderr).toBe(0);
    expect(done.stderr.replace(/\s+/g, ' ')).toContain(
      'Note: the network is that of new.onnx, from the weights in it: 5 tensors trained; these stay as they are: ' +
        'net.0.linear.bias',
    );
    const { settings, model, history } = JSON.parse(
      await readFile(path.join(run, 'metrics.json'), 'utf8'),
    ) as {
      settings: Record<string, unknown>;
      model: { kind: string };
      history: { psnr: number }[];
    };
    expect(settings).toMatchObject({ backbone: 'onnx-file', model: at('mine', 'new.onnx'), ratio: 0.01 });
    expect(model.kind).toBe('onnx-file');
    expect(history.at(-1)?.psnr).toBeGreaterThan((history[0]?.psnr ?? NaN) + 0.5);
    const report = await readFile(path.join(run, 'report.html'), 'utf8');
    expect(report).toContain(`--model ${at('mine', 'new.onnx')}`);
    expect(report).not.toContain('--backbone');
  });

  it('comes back as the file that it was, with other weights and what the run says of itself', async () => {
    const [before, after] = [
      await readFile(at('mine', 'new.onnx')),
      await readFile(path.join(run, 'model.onnx')),
    ];
    const [own, found] = [decodeModel(before), decodeModel(after)];
    expect(found.graph.node).toEqual(own.graph.node);
    expect([found.graph.input, found.graph.output, found.opset]).toEqual([
      own.graph.input,
      own.graph.output,
      own.opset,
    ]);
    expect(found.metadata).toMatchObject({ kind: 'image', format: '1' });
    const weights = (bytes: Uint8Array): Float32Array[] =>
      modelFromOnnx(bytes).model.initialise({ float: () => 0 });
    const same = weights(before).map((each, i) => each.every((value, k) => value === weights(after)[i]?.[k]));
    // The one that is frozen.
    expect(same).toEqual([false, true, false, false, false, false]);
    expect(await readFile(path.join(run, 'network.onnx'))).toEqual(before);
  });

  it('is rendered at its size and beyond, and inspected', async () => {
    const [own, twice] = [at('own.png'), at('twice.png')];
    await renderModel({ model: run, out: own });
    expect(await pixels(own)).toEqual(await pixels(path.join(run, 'reconstruction.png')));
    const rendered = await evos(['render', path.join(run, 'model.onnx'), '--scale', '2', '--out', twice]);
    expect(rendered.code, rendered.stderr).toBe(0);
    expect((await sharp(twice).metadata()).width).toBe(48);
    const inspected = await evos(['inspect', run, '--json']);
    expect(JSON.parse(inspected.stdout)).toMatchObject({ kind: 'image', model: { parameters: 371 } });
  });

  it('goes on without the original to the bits of a run that never stopped, and not with another network', async () => {
    const [whole, halves] = [at('whole'), at('halves')];
    const fit = { ...small, input: photo, learningRateSchedule: 'constant' as const };
    await drained(fitImage({ ...fit, model: at('mine', 'old.onnx'), steps: 12, out: whole }));
    await drained(fitImage({ ...fit, model: at('mine', 'old.onnx'), steps: 5, out: halves }));
    await rename(at('mine', 'old.onnx'), at('moved.onnx'));
    await drained(resumeImage({ folder: halves, steps: 12 }));
    const trained = (of: string): Promise<Buffer> => readFile(path.join(of, 'model.onnx'));
    expect(modelFromOnnx(await trained(halves)).model.initialise({ float: () => 0 })).toEqual(
      modelFromOnnx(await trained(whole)).model.initialise({ float: () => 0 }),
    );
    expect(decodeModel(await trained(halves)).metadata).toMatchObject({ note: 'kept' });
    await copyFile(at('mine', 'new.onnx'), path.join(halves, 'network.onnx'));
    await expect(drained(resumeImage({ folder: halves, steps: 20 }))).rejects.toThrow(
      /network\.onnx is not the network that the run in .*halves was started with; put that one back, or start anew/,
    );
    await rename(path.join(halves, 'network.onnx'), at('aside.onnx'));
    await expect(drained(resumeImage({ folder: halves, steps: 20 }))).rejects.toThrow(
      'network.onnx is missing',
    );
  });

  it('is trained further from its own model.onnx, whose metadata gives way', async () => {
    const out = at('further');
    await drained(fitImage({ ...small, input: photo, model: path.join(run, 'model.onnx'), steps: 2, out }));
    const { metadata } = decodeModel(await readFile(path.join(out, 'model.onnx')));
    expect(JSON.parse(metadata['training'] ?? '')).toMatchObject({ steps: 2 });
  });

  it('is compared with a backbone', async () => {
    const strategies = [`mine=full@model=${at('mine', 'new.onnx')}`, 'usual=full@backbone=siren'];
    const few = { ...small, width: 8, depth: 1, steps: 4, measureEvery: 2 };
    await drained(compare({ ...few, input: photo, strategies, out: at('compared') }));
    const compared = ['mine', 'usual'].map((name) => readFile(at('compared', name, 'model.onnx')));
    const names = (await Promise.all(compared)).map((bytes) => decodeModel(bytes).graph.name);
    expect(names).toEqual(['main_graph', 'siren']);
  });
});

describe('a mesh by a network of a file', () => {
  it('is fitted, and taken out of the file again', async () => {
    const out = at('mesh');
    const events = await drained(
      fitMesh({
        ...{
          input: 'fixtures/mesh/box.ply',
          model: at('mine', 'distance.onnx'),
          out,
          device: 'cpu',
          workers: 1,
        },
        ...{ steps: 60, samples: 2048, resolution: 12, learningRate: 2e-3 },
      }),
    );
    const losses = events.flatMap((event) => (event.type === 'step' ? [event.loss] : []));
    expect(losses.at(-1)).toBeLessThan(0.8 * (losses[0] ?? NaN));
    expect(decodeModel(await readFile(path.join(out, 'model.onnx'))).metadata).toMatchObject({
      ...{ kind: 'mesh', note: 'kept' },
    });
    const { triangles } = await renderMeshModel({ model: out, resolution: 12, out: at('mesh.glb') });
    expect(triangles).toBe(events.flatMap((e) => (e.type === 'result' ? [e.metrics.triangles] : []))[0]);
  });
});

describe('what is refused', () => {
  const picture = { ...small, input: photo, out: at('refused') };
  it.each<[string, () => AsyncIterable<unknown>, RegExp]>([
    [
      'a network of other sizes',
      () => fitImage({ ...picture, model: at('mine', 'distance.onnx') }),
      /distance\.onnx does not fit what is to be trained on: its input "input" takes 3 numbers a sample, expected 2: the shape \[n, 2\]; its output "output" gives 1 numbers a sample, expected 3/,
    ],
    [
      'a file that is not there',
      () => fitImage({ ...picture, model: at('none.onnx') }),
      /model: cannot read .*none\.onnx: no such file.* expected an ONNX file with the network to train/,
    ],
    [
      'a file that is no network',
      () => fitImage({ ...picture, model: photo }),
      /photo\.png: these \d+ bytes are no ONNX model/,
    ],
    [
      'a tensor that it has not',
      () => fitImage({ ...picture, model: at('mine', 'new.onnx'), freeze: ['net.0.linear.wieght'] }),
      /new\.onnx: freeze names "net\.0\.linear\.wieght", but the file has .* Did you mean net\.0\.linear\.weight\?/,
    ],
    [
      'a backbone beside it',
      () => fitImage({ ...picture, model: at('mine', 'new.onnx'), backbone: 'siren' }),
      /model: got ".*new\.onnx" with backbone siren; expected one of them/,
    ],
    [
      'no file',
      () => fitImage({ ...picture, backbone: 'onnx-file' }),
      /model: got nothing, expected the file of the network that backbone onnx-file trains/,
    ],
    [
      'a scene',
      // As plain JavaScript may.
      () =>
        fitScene({ input: 'fixtures/nerf/scene', out: at('refused'), ...{ model: at('mine', 'new.onnx') } }),
      /model: is no setting of scenes; networks of files are trained on pictures and meshes alone/,
    ],
  ])('%s', async (_, run, message) => {
    await expect(drained(run())).rejects.toThrow(message);
  });
});
