// What `auto` takes: by a step of the run's own, measured once and remembered; and by no program that stands in for a card.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { chooseDevice } from '../../../src/engine/devices/choose.js';
import { cacheFolder } from '../../../src/engine/devices/decisions.js';
import type { StepShape } from '../../../src/engine/devices/step-shape.js';
import type { Trial, TrialRequest } from '../../../src/engine/devices/trial.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});
const newFile = (): string => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'evos-cache-'));
  folders.push(folder);
  return path.join(folder, 'below', 'devices.json');
};

const shape = (samples = 5243): StepShape => ({
  ...{ kind: 'samples', backbone: 'siren', settings: { width: 256 }, adam: {}, pool: 262_144, samples },
  ports: { inputDim: 2, outputDim: 3 },
});

/** A machine with one card. */
function machine(times: readonly Omit<Trial, 'facts'>[], facts: Trial['facts'] = { adapter: 'acme 580.1' }) {
  const cuda = { device: 'cuda', error: 'not here' };
  const tryDevices = vi.fn(({ step }: TrialRequest): Promise<Trial[]> =>
    Promise.resolve(step === undefined ? [{ device: 'webgpu', facts }, cuda] : [...times]),
  );
  const measurements = (): TrialRequest[] =>
    tryDevices.mock.calls.flatMap(([request]) => (request.step === undefined ? [] : [request]));
  return { tryDevices, measurements, mayHaveCard: () => true };
}
const fast = [
  { device: 'webgpu', milliseconds: 0.6321 },
  { device: 'cpu', milliseconds: 24.4 },
];

it('asks and opens nothing where there is no card', async () => {
  const file = newFile();
  const { tryDevices } = machine(fast);
  const ask = vi.fn(shape);
  const choosing = { tryDevices, file, mayHaveCard: () => false };
  expect(await chooseDevice(ask, choosing)).toEqual({
    ...{ name: 'cpu', reason: 'auto: this machine has no graphics card' },
  });
  expect([tryDevices.mock.calls.length, ask.mock.calls.length]).toEqual([0, 0]);
});

it('turns software down before anything is measured', async () => {
  const file = newFile();
  const { measurements, ...choosing } = machine(fast, { adapter: 'SwiftShader 5', software: true });
  const ask = vi.fn(shape);
  const { name, reason } = await chooseDevice(ask, { ...choosing, file });
  expect(name).toBe('cpu');
  expect(reason).toMatch(
    /^auto: no GPU that works was found; webgpu \(SwiftShader 5\) is a program on the CPU/,
  );
  expect([measurements().length, ask.mock.calls.length]).toEqual([0, 0]);
  expect((await chooseDevice(shape, { ...choosing, file, software: true })).name).toBe('webgpu');
});

it('takes a card whose step is faster, says so, and remembers it for just such a step', async () => {
  const file = newFile();
  const { measurements, ...choosing } = machine(fast);
  const choose = (of: () => StepShape, from: typeof choosing = choosing) =>
    chooseDevice(of, { ...from, file });
  const reason = 'auto: a step (siren, 5,243 samples) takes 0.63 ms on webgpu (acme 580.1), 24 ms on cpu';
  expect(await choose(shape)).toEqual({ name: 'webgpu', reason });
  expect(measurements()).toMatchObject([{ names: ['webgpu', 'cpu'], step: shape() }]);
  const again = await choose(shape);
  expect(again.reason).toMatch(/24 ms on cpu \(measured on \d{4}-\d\d-\d\d\)$/);
  expect([again.name, measurements().length]).toEqual(['webgpu', 1]);
  // Whole: nothing lies beside it.
  expect(readdirSync(path.dirname(file))).toEqual(['devices.json']);
  await choose(() => shape(100));
  expect(measurements().length).toBe(2);
  const renewed = machine(fast, { adapter: 'acme 581' });
  await choose(shape, renewed);
  expect(renewed.measurements().length).toBe(1);
  await choose(shape);
  expect(measurements().length).toBe(2);
});

it.each([
  [
    'a slower card',
    [{ device: 'webgpu', milliseconds: 30 }, fast[1]!],
    'cpu',
    /takes 24 ms on cpu, 30 ms on webgpu/,
  ],
  [
    'a CPU that is slow',
    [fast[0]!, { device: 'cpu', over: 4003 }],
    'webgpu',
    /webgpu \(acme 580.1\), more than 4000 ms on cpu/,
  ],
])('of %s takes the other', async (_what, times, name, reason) => {
  const found = await chooseDevice(shape, { ...machine(times), file: newFile() });
  expect(found).toEqual({ name, reason: expect.stringMatching(reason) as string });
});

it('takes the CPU where a driver ends the trial, and does not keep that', async () => {
  const file = newFile();
  const crash = ['webgpu', 'cpu'].map((device) => ({ device, error: 'crashed when tried' }));
  const { measurements, ...choosing } = machine(crash);
  for (const count of [1, 2]) {
    const reason =
      'auto: a step (siren, 5,243 samples) could not be taken on webgpu (acme 580.1): crashed when tried';
    expect(await chooseDevice(shape, { ...choosing, file })).toEqual({ name: 'cpu', reason });
    expect(measurements().length).toBe(count);
  }
});

it('measures anew where the file is damaged, of somebody else, or not to be read', async () => {
  const file = newFile();
  const { measurements, ...choosing } = machine(fast);
  await chooseDevice(shape, { ...choosing, file });
  const whole = readFileSync(file, 'utf8');
  const damaged = [whole.slice(0, 40), '', '[]', 'null', whole.replaceAll('"webgpu"', '"abacus"')];
  damaged.push(whole.replaceAll('0.6321', '"a"'), whole.replace('"times"', '"thyme"'));
  for (const text of damaged) {
    const before = measurements().length;
    writeFileSync(file, text);
    expect((await chooseDevice(shape, { ...choosing, file })).name).toBe('webgpu');
    expect(measurements().length).toBe(before + 1);
    // And is written anew.
    await chooseDevice(shape, { ...choosing, file });
    expect(measurements().length).toBe(before + 1);
  }
  rmSync(file);
  mkdirSync(file);
  expect((await chooseDevice(shape, { ...choosing, file })).name).toBe('webgpu');
  expect(readdirSync(path.dirname(file))).toEqual(['devices.json']);
});

it('keeps its file in the cache folder of the user', () => {
  const home = path.resolve('/home/ada');
  const cache = path.resolve('/caches');
  const of = (env: Record<string, string>, platform: NodeJS.Platform = 'linux') =>
    cacheFolder(env, platform, home);
  expect(of({})).toBe(path.join(home, '.cache', 'evos'));
  expect(of({ XDG_CACHE_HOME: cache })).toBe(path.join(cache, 'evos'));
  expect(of({ XDG_CACHE_HOME: 'here' })).toBe(path.join(home, '.cache', 'evos'));
  expect(of({ XDG_CACHE_HOME: cache, EVOS_CACHE: path.join(home, 'mine') })).toBe(path.join(home, 'mine'));
  expect(of({}, 'darwin')).toBe(path.join(home, 'Library', 'Caches', 'evos'));
  expect(of({ LOCALAPPDATA: cache }, 'win32')).toBe(path.join(cache, 'evos', 'Cache'));
});
