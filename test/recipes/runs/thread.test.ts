// Threads of runs, in the thread that asked: their errors, of the class they had and with what they know, and how they are stopped.
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  ArgumentError,
  ConfigError,
  DeviceError,
  DivergedError,
  EvosError,
  InputError,
  OutputError,
  PackageError,
  ResumeError,
} from '../../../src/core/errors.js';
import { NoResultError } from '../../../src/recipes/runs/failed.js';
import { inThread, revive, toPlainError, type ThreadCall } from '../../../src/recipes/runs/thread.js';
import { temporaryFolder } from '../../cli/support.js';

/** There and back, by way of a message. */
const sent = (error: unknown): Error => revive(structuredClone(toPlainError(error)));

describe('an error from a run’s thread', () => {
  it.each([
    new Error('plain'),
    new EvosError('internal', 'a fault'),
    new ArgumentError('an argument'),
    new ConfigError('a setting'),
    new DeviceError('a device'),
    new InputError('a file'),
    new OutputError('a folder'),
    new ResumeError('a checkpoint'),
    new PackageError('a package', 'npm install it'),
    new DivergedError('left the numbers', { step: 3, steps: 9 }),
    // Whatever a table says of it.
    new NoResultError('nothing', { step: 9, steps: 9, outcome: 'left no surface' }),
    new NoResultError('nothing', { step: 9, steps: 9, outcome: 'diverged' }),
  ])('is what it was: $name', (error) => {
    const there = sent(error);
    expect(there.constructor).toBe(error.constructor);
    expect({ ...there, message: there.message, stack: there.stack }).toEqual({
      ...error,
      message: error.message,
      stack: error.stack,
    });
  });

  it('is one, whatever was thrown', () => {
    expect(sent('a word')).toEqual(new Error('a word'));
  });
});

/** Answers the first request at once, and the next when it is told to stop. */
const worker = `
import { parentPort } from 'node:worker_threads';
let requests = 0;
parentPort.on('message', (request) => {
  if (request === 'abort') parentPort.postMessage({ type: 'done' });
  else if (requests++ === 0) parentPort.postMessage({ type: 'event', event: { type: 'end' } });
});
`;

describe('a signal', () => {
  it('stops as many runs as listen to it, without a warning of a leak', async () => {
    const file = pathToFileURL(path.join(temporaryFolder({ 'worker.mjs': worker }), 'worker.mjs'));
    const stop = new AbortController();
    const warnings: Error[] = [];
    const warn = (warning: Error): void => void warnings.push(warning);
    process.on('warning', warn);
    try {
      const runs = Array.from({ length: 12 }, () => inThread(file, {} as ThreadCall, stop.signal));
      const first = await Promise.all(runs.map((run) => run.next()));
      expect(first.map(({ done }) => done)).toEqual(runs.map(() => false));
      const last = Promise.all(runs.map((run) => run.next()));
      stop.abort();
      expect((await last).map(({ done }) => done)).toEqual(runs.map(() => true));
      expect(warnings).toEqual([]);
    } finally {
      process.off('warning', warn);
    }
  });
});
