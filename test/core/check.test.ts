// What messages say of others' errors.
import { expect, it } from 'vitest';
import { firstLine } from '../../src/core/check.js';

it.each([
  [new Error('  VipsJpeg: premature end\nVipsJpeg: bad marker\n'), 'VipsJpeg: premature end'],
  [new TypeError('one line'), 'one line'],
  ['thrown as it is\nand more', 'thrown as it is'],
  [undefined, 'undefined'],
])('the first line of %o', (error, line) => {
  expect(firstLine(error)).toBe(line);
});
