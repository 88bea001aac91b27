// Settings that several things declare: one type, and a range that holds all of theirs.
import { describe, expect, it } from 'vitest';
import { choice, integer, number, ramp, text, toggle, type Setting } from '../../../src/core/settings.js';
import { problemsOf, readValue, typedValue } from '../../../src/recipes/settings/check.js';
import { joined } from '../../../src/recipes/settings/shapes.js';

const fraction = number({ above: 0, max: 1, default: 0.5 });

describe('joined settings', () => {
  it.each<[Setting, Setting, object]>([
    [fraction, number({ min: 0, below: 1, default: 0.1 }), { min: 0, max: 1, default: 0.5 }],
    [fraction, number({ above: 0, below: 1, default: 0.1 }), { above: 0, max: 1 }],
    [
      integer({ min: 2, default: undefined }),
      integer({ min: 1, max: 9, default: 3 }),
      { min: 1, default: 3 },
    ],
    [
      integer({ min: 1, default: 1 }),
      ramp({ min: 1, whole: true, default: 2 }),
      { type: 'ramp', whole: true, min: 1 },
    ],
    [integer({ default: 1 }), number({ default: 1 }), { whole: false }],
    [choice(['a', 'b'], 'a'), choice(['b', 'c'], 'c'), { choices: ['a', 'b', 'c'], default: 'a' }],
  ])('%j and %j', (a, b, expected) => {
    expect(joined('x', a, b)).toMatchObject(expected);
    expect(joined('x', a, b)).not.toMatchObject({ above: 0, min: 0 });
  });

  it('have one bound, or none where one of them has none', () => {
    expect(joined('x', fraction, number({ default: 1 }))).toEqual(number({ default: 0.5 }));
    expect(joined('x', fraction, number({ min: 0, default: 1 }))).toEqual(number({ min: 0, default: 0.5 }));
  });

  it('of other types are refused by name', () => {
    expect(() => joined('x', fraction, toggle(true))).toThrow(
      /The setting x is a number for some and a switch for others; expected one type/,
    );
  });
});

describe('values as they are typed', () => {
  it.each<[Setting, string, unknown]>([
    [ramp({ default: 1 }), '100', 100],
    [ramp({ default: 1 }), '100:50', { from: 100, to: 50 }],
    [ramp({ default: 1 }), '1:2:3', '1:2:3'],
    [ramp({ default: 1 }), ':2', ':2'],
    [fraction, '', ''],
    [fraction, '1e-3', 1e-3],
    [toggle(true), 'false', false],
    [text({ default: undefined }), '3', '3'],
  ])('%j: %s', (setting, typed, value) => {
    expect(readValue(setting, typed)).toEqual(value);
    expect(typedValue(value)).toBe(typeof value === 'number' ? String(value) : typed);
  });

  it.each<[unknown, boolean]>([
    [3, true],
    [{ from: 3, to: 1 }, true],
    [{ from: 3, to: 0.5 }, false],
    [{ from: 3 }, false],
    [{ from: 3, to: 1, by: 1 }, false],
    [{ from: '3', to: 1 }, false],
    [Infinity, false],
    [null, false],
    ['3', false],
    [[3, 1], false],
  ])('a ramp of whole numbers may be %j: %s', (value, right) => {
    expect(problemsOf(ramp({ min: 1, whole: true, default: 1 }), value)).toHaveLength(right ? 0 : 1);
  });
});
