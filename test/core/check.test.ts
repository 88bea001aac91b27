// What rooms share to complain alike: ranges to their ends, values as messages show them, and what is said of others' errors.
import { describe, expect, it } from 'vitest';
import {
  checkChoice,
  checkFloats,
  checkInteger,
  checkKeys,
  checkNumber,
  firstLine,
  show,
} from '../../src/core/check.js';
import { ArgumentError } from '../../src/core/errors.js';

it.each([
  [new Error('  VipsJpeg: premature end\nVipsJpeg: bad marker\n'), 'VipsJpeg: premature end'],
  [new TypeError('one line'), 'one line'],
  ['thrown as it is\nand more', 'thrown as it is'],
  [undefined, 'undefined'],
])('the first line of %o', (error, line) => {
  expect(firstLine(error)).toBe(line);
});

it.each<[unknown, string]>([
  ['3', "'3'"],
  [3, '3'],
  ['a'.repeat(40), `'${'a'.repeat(40)}'`],
  ['a'.repeat(41), `'${'a'.repeat(40)}…'`],
  [new Float32Array(3), 'Float32Array(12 bytes)'],
  [[1, 2], 'an array of 2'],
  [() => 1, 'a function'],
  [{ a: 1, b: 2 }, 'an object with keys a, b'],
  [{}, 'an object with keys (none)'],
  [null, 'null'],
  [undefined, 'undefined'],
  [5n, '5'],
])('%o is shown as %s', (value, shown) => {
  expect(show(value)).toBe(shown);
});

describe('arguments', () => {
  it('within their range come back, ends included', () => {
    for (const value of [-2, 0, 3]) expect(checkInteger('n', value, -2, 3, 'why')).toBe(value);
    for (const value of [-2, 0.5, 3])
      expect(checkNumber('n', value, { low: -2, high: 3 }, 'why')).toBe(value);
    expect(checkNumber('n', 1e-9, { low: 0, high: 3, open: true }, 'why')).toBe(1e-9);
    expect(checkChoice('word', 'b', ['a', 'b'])).toBe('b');
    const floats = new Float32Array(2);
    expect(checkFloats('floats', floats, 2, 'one each')).toBe(floats);
    expect(() => checkKeys('settings', { a: 1, b: undefined }, ['a', 'b', 'c'])).not.toThrow();
  });

  const integer = (value: unknown) => () => checkInteger('n', value, -2, 3, 'why');
  const within = (value: unknown, open = false) => {
    return () => checkNumber('n', value, { low: 0, high: 3, open }, 'why');
  };
  it.each<[() => unknown, string]>([
    ...[-3, 4, 1.5, NaN].map((value): [() => unknown, string] => [
      integer(value),
      `n must be an integer from -2 to 3, got ${value}: why.`,
    ]),
    [integer('1'), "n must be an integer from -2 to 3, got '1': why."],
    [
      () => checkInteger('n', 0, 1, Number.MAX_SAFE_INTEGER, 'why'),
      'n must be an integer of at least 1, got 0: why.',
    ],
    ...[-1e-9, 3.5, NaN].map((value): [() => unknown, string] => [
      within(value),
      `n must be a number in [0, 3], got ${value}: why.`,
    ]),
    [within(0, true), 'n must be a number in (0, 3], got 0: why.'],
    [within('1'), "n must be a number in [0, 3], got '1': why."],
    [() => checkChoice('word', 'd', ['a', 'b']), "word must be one of a, b, got 'd'."],
    [() => checkKeys('x', { a: 1, d: 1 }, ['a', 'b']), "x has no setting 'd': it takes a, b."],
    [() => checkKeys('x', null, ['a', 'b']), 'x must be an object with keys a, b, got null.'],
    [() => checkKeys('x', 'a', ['a', 'b']), "x must be an object with keys a, b, got 'a'."],
    [() => checkFloats('x', [1], 1, 'one each'), 'x must be a Float32Array (one each), got an array of 1.'],
    [() => checkFloats('x', new Float32Array(3), 2, 'one each'), 'x has 3 numbers, expected 2 (one each).'],
  ])('outside are refused: %# %s', (check, message) => {
    expect(check).toThrow(new ArgumentError(message));
  });
});
