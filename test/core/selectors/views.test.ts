// Which view a sample is of.
import { expect, it } from 'vitest';
import { firstOfView, viewOf } from '../../../src/core/selectors/views.js';

it.each([
  [[[1, 1]]],
  [
    [
      [4, 2],
      [3, 3],
      [1, 1],
      [2, 5],
      [7, 1],
    ],
  ],
])('samples belong to the views %j', (sizes) => {
  const views = sizes.map(([width = 0, height = 0]) => ({ width, height }));
  const owners = views.flatMap(({ width, height }, view) => Array<number>(width * height).fill(view));
  const first = firstOfView(views);
  expect([...first]).toEqual([...views.map((_, view) => owners.indexOf(view)), owners.length]);
  expect(owners.map((_, index) => viewOf(first, index))).toEqual(owners);
});
