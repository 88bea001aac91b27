import { expect, it } from 'vitest';
import { present } from '../../src/core/present.js';

it('leaves out what is undefined, and nothing else', () => {
  const values = { a: undefined, b: null, c: 0, d: false, e: '' };
  expect(Object.entries(present(values))).toEqual([
    ['b', null],
    ['c', 0],
    ['d', false],
    ['e', ''],
  ]);
});
