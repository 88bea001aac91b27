// The family of errors: callers branch on `code` and `name`, so both are part of what is promised.
import { expect, it } from 'vitest';
import * as errors from '../../src/core/errors.js';

const cause = new Error('why');
const options = { cause };
it.each<[string, string, errors.EvosError]>([
  ['EvosError', 'internal', new errors.EvosError('internal', 'words', options)],
  ['ArgumentError', 'argument', new errors.ArgumentError('words', options)],
  ['InputError', 'input', new errors.InputError('words', options)],
  ['ConfigError', 'config', new errors.ConfigError('words', options)],
  ['DivergedError', 'config', new errors.DivergedError('words', { step: 3, steps: 9 }, options)],
  ['DeviceError', 'device', new errors.DeviceError('words', options)],
  ['OutputError', 'output', new errors.OutputError('words', options)],
  ['PackageError', 'package', new errors.PackageError('words', 'npm i x', options)],
  ['ResumeError', 'resume', new errors.ResumeError('words', options)],
])('%s has the code %s', (name, code, error) => {
  expect(error).toBeInstanceOf(errors.EvosError);
  expect(error).toMatchObject({ name, code, message: 'words', cause });
  expect(String(error)).toBe(`${name}: words`);
});

it('further fields say where training left the numbers, and what installs a package', () => {
  expect(new errors.DivergedError('', { step: 3, steps: 9 })).toMatchObject({ step: 3, steps: 9 });
  expect(new errors.DivergedError('', { step: 3, steps: 9 })).toBeInstanceOf(errors.ConfigError);
  expect(new errors.PackageError('', 'npm i x').command).toBe('npm i x');
});
