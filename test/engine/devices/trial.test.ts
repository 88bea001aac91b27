// The way itself, through the built package: a process that opens devices and times a step, and a driver's software stand-in for a
// card, which is turned down unless a test wants it.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type * as Choose from '../../../src/engine/devices/choose.js';
import type { StepShape } from '../../../src/engine/devices/step-shape.js';
import type * as Trial from '../../../src/engine/devices/trial.js';
import { skip, why } from '../webgpu/support.js';

const built = new URL('../../../dist/engine/devices/', import.meta.url);
const { tryDevices } = (await import(new URL('trial.js', built).href)) as typeof Trial;
const { chooseDevice } = (await import(new URL('choose.js', built).href)) as typeof Choose;
const folder = mkdtempSync(path.join(os.tmpdir(), 'evos-cache-'));
afterAll(() => rmSync(folder, { recursive: true }));

const adam = { learningRate: 1e-4 };
const samples: StepShape = {
  ...{ kind: 'samples', backbone: 'siren', settings: { width: 16, depth: 0 }, adam, pool: 400, samples: 100 },
  ...{ ports: { inputDim: 2, outputDim: 3 }, workers: 1 },
};
const rays: StepShape = {
  ...{
    kind: 'rays',
    backbone: 'hash-grid',
    adam,
    background: 'random',
    samplesPerRay: 4,
    rays: 64,
    workers: 1,
  },
  settings: { levels: 2, log2TableSize: 8 },
};

it.each([samples, rays])('times a step on $kind', async (step) => {
  const [cpu] = await tryDevices({ names: ['cpu'], step });
  expect(cpu).toEqual({ device: 'cpu', facts: {}, milliseconds: expect.any(Number) as number });
});

it('says why a step cannot be taken', async () => {
  const [cpu] = await tryDevices({ names: ['cpu'], step: { ...samples, backbone: 'abacus' } });
  expect(cpu?.error).toMatch(/abacus/);
});

describe.skipIf(skip)(`beside a card${why}`, () => {
  it('turns software down, and measures it where a test counts it as a card', async () => {
    const choosing = { mayHaveCard: () => true, file: path.join(folder, 'devices.json') };
    const [webgpu] = await tryDevices({ names: ['webgpu'] });
    const step = (): StepShape => samples;
    if (webgpu?.facts?.software === true) {
      const { name, reason } = await chooseDevice(step, choosing);
      expect([name, reason]).toEqual(['cpu', expect.stringMatching(/is a program on the CPU/)]);
    }
    const found = await chooseDevice(step, { ...choosing, software: true });
    expect(found.reason).toMatch(/^auto: a step \(siren, 100 samples\) takes .* ms on .* ms on /);
    const again = await chooseDevice(step, { ...choosing, software: true });
    expect(again.name).toBe(found.name);
    expect(again.reason).toMatch(/measured on/);
  });
});
