// Settings as they are given: what each type takes, what it refuses and in which words, and what is filled in.
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../src/core/errors.js';
import { checkSetting, rangeOf, resolveSettings } from '../../src/core/resolve-settings.js';
import {
  choice,
  defineSettings,
  integer,
  list,
  number,
  ramp,
  text,
  toggle,
  type Setting,
} from '../../src/core/settings.js';

const fraction = number({ above: 0, max: 1, default: 0.5 });
const count = integer({ min: 1, default: 8 });
const moving = ramp({ min: 1, whole: true, default: { from: 100, to: 50 } });
const walk = choice(['straight', 'random'], 'random');
const hex = text({
  form: { pattern: /^#[0-9a-f]{6}$/, expected: 'a colour such as #ff8800' },
  default: '#000000',
});
const title = text({ default: undefined });
const files = list({
  problems: (entry) => (entry.includes(' ') ? [`got '${entry}', expected no blanks.`, 'never said'] : []),
  default: [],
});
const targets = list({ default: ['25'] });

describe('a setting', () => {
  it.each<[Setting, readonly unknown[]]>([
    [fraction, [1e-300, 1]],
    [number({ min: -1, below: 2, default: 0 }), [-1, 0.5, 1.999]],
    [number({ default: 0 }), [-Number.MAX_VALUE, 0, Number.MAX_VALUE]],
    [count, [1, 2 ** 40]],
    [integer({ above: -3, below: 3, default: 0 }), [-2, 2]],
    [moving, [1, 7, { from: 1, to: 3 }, { to: 3, from: 9 }]],
    [ramp({ max: 1, default: 0 }), [-0.5, { from: 0.25, to: 1 }]],
    [walk, ['straight', 'random']],
    [hex, ['#12ab9f']],
    [title, ['', 'any text']],
    [toggle(true), [true, false]],
    [files, [[], ['a', 'b']]],
    [targets, [['x']]],
  ])('%j takes what is in its range, and nothing in its place is no value', (setting, values) => {
    for (const value of values) expect(checkSetting('x', setting, value)).toEqual(value);
    expect(checkSetting('x', setting, undefined)).toBeUndefined();
  });

  it.each<[Setting, unknown, string]>([
    [fraction, 0, 'x must be a number in (0, 1], got 0.'],
    [fraction, 1.5, 'x must be a number in (0, 1], got 1.5.'],
    [fraction, '0.5', "x must be a number in (0, 1], got '0.5'."],
    [number({ min: -1, below: 2, default: 0 }), 2, 'x must be a number in [-1, 2), got 2.'],
    [number({ min: -1, below: 2, default: 0 }), -1.5, 'x must be a number in [-1, 2), got -1.5.'],
    [number({ default: 0 }), NaN, 'x must be a number, got NaN.'],
    [number({ default: 0 }), Infinity, 'x must be a number, got Infinity.'],
    [number({ default: 0 }), -Infinity, 'x must be a number, got -Infinity.'],
    [number({ default: 0 }), null, 'x must be a number, got null.'],
    [count, 0, 'x must be an integer of at least 1, got 0.'],
    [count, 1.5, 'x must be an integer of at least 1, got 1.5.'],
    [integer({ above: -3, below: 3, default: 0 }), -3, 'x must be an integer in (-3, 3), got -3.'],
    [integer({ above: -3, below: 3, default: 0 }), 3, 'x must be an integer in (-3, 3), got 3.'],
    [moving, 0, 'x must be an integer of at least 1, got 0.'],
    [moving, { from: 0, to: 3 }, 'x.from must be an integer of at least 1, got 0.'],
    [moving, { from: 3, to: 1.5 }, 'x.to must be an integer of at least 1, got 1.5.'],
    [moving, { from: 3 }, 'x must be a number or { from, to }, got an object with keys from.'],
    [moving, { to: 3 }, 'x must be a number or { from, to }, got an object with keys to.'],
    [
      moving,
      { from: 3, to: 1, over: 9 },
      'x must be a number or { from, to }, got an object with keys from, to, over.',
    ],
    [moving, null, 'x must be a number or { from, to }, got null.'],
    [moving, '100:50', "x must be a number or { from, to }, got '100:50'."],
    [moving, true, 'x must be an integer of at least 1, got true.'],
    [walk, 'strait', "x must be one of straight, random, got 'strait'."],
    [walk, 0, 'x must be one of straight, random, got 0.'],
    [hex, 'red', "x must be a colour such as #ff8800, got 'red'."],
    [title, 3, 'x must be text, got 3.'],
    [toggle(true), 1, 'x must be true or false, got 1.'],
    [files, 'a', "x must be a list of texts, got 'a'."],
    [files, ['a', ''], "x[1]: got '', expected text."],
    [files, [3], 'x[0]: got 3, expected text.'],
    [files, ['a', 'b c'], "x[1]: got 'b c', expected no blanks."],
    [targets, [], 'x must be a list of one or more texts, got an array of 0.'],
  ])('%j refuses %j: %s', (setting, value, message) => {
    expect(() => checkSetting('x', setting, value)).toThrow(new ArgumentError(message));
  });

  it.each<[Parameters<typeof number>[0], string, string]>([
    [{ min: 0, max: 1, default: 0 }, 'a number in [0, 1]', 'an integer from 0 to 1'],
    [{ above: 0, below: 1, default: 0 }, 'a number in (0, 1)', 'an integer in (0, 1)'],
    [{ min: 0, below: 1, default: 0 }, 'a number in [0, 1)', 'an integer in [0, 1)'],
    [{ above: 0, max: 1, default: 0 }, 'a number in (0, 1]', 'an integer in (0, 1]'],
    [{ min: 0, default: 0 }, 'a number of at least 0', 'an integer of at least 0'],
    [{ above: 0, default: 0 }, 'a number above 0', 'an integer above 0'],
    [{ max: 1, default: 0 }, 'a number of at most 1', 'an integer of at most 1'],
    [{ below: 1, default: 0 }, 'a number below 1', 'an integer below 1'],
    [{ default: 0 }, 'a number', 'an integer'],
  ])('within %j is called %s', (bounds, ofNumbers, ofIntegers) => {
    expect([rangeOf(number(bounds)), rangeOf(integer(bounds))]).toEqual([ofNumbers, ofIntegers]);
  });
});

describe('settings', () => {
  const shape = defineSettings('mine', { count, moving, walk, title, files, on: toggle(true) });
  const usual = {
    count: 8,
    moving: { from: 100, to: 50 },
    walk: 'random',
    title: undefined,
    files: [],
    on: true,
  };

  it('are completed by their defaults, where nothing or undefined is given', () => {
    expect(resolveSettings('Mine', shape, {})).toEqual(usual);
    expect(resolveSettings('Mine', shape, { count: undefined, on: undefined })).toEqual(usual);
    expect(resolveSettings('Mine', shape, { count: 3, on: false, files: ['a'] })).toEqual({
      ...usual,
      ...{ count: 3, on: false, files: ['a'] },
    });
  });

  it('of null are refused: JSON has it where a number was none', () => {
    expect(() => resolveSettings('Mine', shape, { count: null })).toThrow('at least 1, got null.');
    expect(() => resolveSettings('Mine', shape, { title: null })).toThrow('title must be text, got null.');
    expect(() => resolveSettings('Mine', shape, { files: null })).toThrow('a list of texts, got null.');
  });

  it('that nobody knows are refused by name, with those there are, and others’ are let through', () => {
    const takes = 'it takes size, count, moving, walk, title, files, on.';
    expect(() => resolveSettings('Mine', shape, { walks: 'random' }, ['size'])).toThrow(
      new ArgumentError(`Mine has no setting 'walks': ${takes} Did you mean walk?`),
    );
    expect(() => resolveSettings('Mine', shape, { colour: 1 }, ['size'])).toThrow(
      new ArgumentError(`Mine has no setting 'colour': ${takes}`),
    );
    expect(resolveSettings('Mine', shape, { size: 'whatever' }, ['size'])).toEqual(usual);
    expect(() => resolveSettings('Mine', shape, { size: 1 })).toThrow(
      "has no setting 'size': it takes count,",
    );
  });

  it('out of range are refused by name', () => {
    expect(() => resolveSettings('Mine', shape, { count: 0 })).toThrow(
      'count must be an integer of at least 1',
    );
  });
});
