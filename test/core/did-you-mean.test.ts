// Suggestions: the distance by hand and by its definition, and how near is near enough.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closest, didYouMean, editDistance } from '../../src/core/did-you-mean.js';

describe('the distance between words', () => {
  it.each([
    ['raito', 'ratio', 1],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
    ['same', 'same', 0],
  ])('from "%s" to "%s" is %i (by hand)', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  it('equals the recursive definition (seed 7)', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(recursive(a, b));
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});

describe('the nearest word', () => {
  it('is the first of those that are nearest, whatever their case', () => {
    expect(closest('RATIO', ['ratio', 'steps'])).toBe('ratio');
    expect(closest('ratio', ['RATOI', 'Ratio'])).toBe('Ratio');
    expect(closest('stop', ['step', 'shop'])).toBe('step');
    expect(closest('stop', [])).toBeUndefined();
  });

  it.each([
    // One edit in up to three letters, two in five, four in ten.
    ['a', 'b', true],
    ['a', 'bc', false],
    ['abc', 'abd', true],
    ['abc', 'ade', false],
    ['abcde', 'abcxy', true],
    ['abcde', 'abxyz', false],
    ['abcdefghij', 'abcdefwxyz', true],
    ['abcdefghij', 'abcdevwxyz', false],
  ])('to "%s" is "%s": %s', (asked, known, near) => {
    expect(closest(asked, [known])).toBe(near ? known : undefined);
    expect(didYouMean(asked, [known])).toBe(near ? ` Did you mean ${known}?` : '');
  });

  it('is shown in whatever way it is asked for', () => {
    expect(didYouMean('ratoi', ['ratio'], (found) => `--${found}`)).toBe(' Did you mean --ratio?');
  });
});

/** The definition of the optimal string alignment distance, as slow as it is plain. */
function recursive(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  const choices = [
    recursive(a.slice(1), b) + 1,
    recursive(a, b.slice(1)) + 1,
    recursive(a.slice(1), b.slice(1)) + (a[0] === b[0] ? 0 : 1),
  ];
  if (a.length > 1 && b.length > 1 && a[0] === b[1] && a[1] === b[0]) {
    choices.push(recursive(a.slice(2), b.slice(2)) + 1);
  }
  return Math.min(...choices);
}
