// Errors of a run's thread, in the thread that asked: of the class they had, with what they know.
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
import { revive, toPlainError } from '../../../src/recipes/runs/thread.js';

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
