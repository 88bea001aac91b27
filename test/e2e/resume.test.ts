// A run that is stopped, by Ctrl-C or by kill −9, goes on to the same bits as one that never was.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRandom } from 'evos';
import { evos, start, temporaryFolder } from '../support/command.js';

const settings =
  '--steps 60 --strategy evos --width 24 --depth 1 --interval 15:8 --device cpu --workers 2 --measure-every 10 --checkpoint-every 0'.split(
    ' ',
  );
const fit = (out: string): string[] => ['fit', 'fixtures/photo.png', '--out', out, '--json', ...settings];

/** Weights, and the parts of the figures that do not depend on the clock. */
async function result(out: string) {
  const metrics = JSON.parse(await readFile(path.join(out, 'metrics.json'), 'utf8')) as {
    psnr: number;
    samples: number;
    evaluations: number;
    history: { step: number; psnr: number; loss: number }[];
  };
  const { psnr, samples, evaluations, history } = metrics;
  return {
    // The model's metadata holds no clock, so the whole file must agree.
    model: (await readFile(path.join(out, 'model.onnx'))).toString('base64'),
    selection: (await readFile(path.join(out, 'selection.png'))).toString('base64'),
    figures: { psnr, samples, evaluations },
    history: history.map(({ step, psnr: quality, loss }) => ({ step, quality, loss })),
  };
}

/** Starts a fit and stops it once it has told of a step. */
async function stopAt(step: number, out: string, signal: NodeJS.Signals) {
  const { child, finished } = start(fit(out));
  let [told, sent] = ['', false];
  child.stdout?.on('data', (text: string) => {
    told += text;
    // Once: what it still tells comes in several pieces, and a second Ctrl-C ends it at once.
    if (sent || !told.includes(`"step":${step},`)) return;
    sent = child.kill(signal);
  });
  return finished;
}

/** A run that was stopped is rendered and inspected as its checkpoint has it. */
async function isSeen(out: string): Promise<void> {
  const rendered = await evos(['render', out, '--size', '40x40']);
  expect(rendered.code, rendered.stderr).toBe(0);
  const words = /render-40x40\.png {2}40x40; at step (\d+) of 60; stretched: the model was trained on 96x64 /;
  const step = Number(words.exec(rendered.stdout)?.[1]);
  expect(step, rendered.stdout).toBeGreaterThanOrEqual(23);
  expect((await readFile(path.join(out, 'render-40x40.png'))).length).toBeGreaterThan(500);
  const again = await evos(['render', out, '--size', '40x40', '--out', path.join(out, 'render-40x40.png')]);
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('say --overwrite')]);
  const inspected = await evos(['inspect', out, '--json']);
  expect(inspected.code, inspected.stderr).toBe(0);
  const found = JSON.parse(inspected.stdout) as { result: { psnr: number } };
  expect(Object.keys(found).slice(0, 4)).toEqual(['path', 'kind', 'stopped', 'result']);
  expect(found).toMatchObject({
    stopped: `at step ${step} of 60; evos fit --resume goes on with it`,
    result: { strategy: 'evos', step, steps: 60, measuredAtStep: Math.floor(step / 10) * 10 },
  });
  expect(found.result.psnr).toBeGreaterThan(5);
}

const never = temporaryFolder();
const untouched = evos(fit(never)).then(async (finished) => {
  expect(finished.code, finished.stderr).toBe(0);
  return result(never);
});

describe('going on after a stop', () => {
  const seed = 20;
  const random = createRandom(seed);
  const stops = Array.from({ length: 3 }, () => 1 + random.below(55));

  it.each(stops)(`after kill −9 around step %i (seed ${seed}): the same bits`, async (step) => {
    const out = temporaryFolder();
    const killed = await stopAt(step, out, 'SIGKILL');
    expect(killed.signal).toBe('SIGKILL');
    const resumed = await evos(['fit', '--resume', out, '--json']);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(await result(out)).toEqual(await untouched);
  });

  it('after Ctrl-C: exit code 130, a checkpoint, the command to go on with, and the same bits', async () => {
    const out = temporaryFolder();
    const stopped = await stopAt(23, out, 'SIGINT');
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain(`evos fit --resume ${out}`);
    await isSeen(out);
    const resumed = await evos(['fit', '--resume', out, '--json']);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(await result(out)).toEqual(await untouched);
  });
});
