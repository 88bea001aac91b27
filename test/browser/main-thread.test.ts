// Which tasks keep a page's thread from being free.
import { expect, it } from 'vitest';
import { tasksInTheWay, type Task } from './main-thread.js';

const tasks = (...cpus: readonly number[]): Task[] =>
  [...Array<number>(200).fill(1), ...cpus].map((cpu, start) => ({ start, wall: cpu, cpu, parts: '' }));
const inTheWay = (...cpus: readonly number[]): number[] =>
  tasksInTheWay(tasks(...cpus)).map(({ cpu }) => cpu);

it('are those over 8 ms, where they are more than one in a hundred', () => {
  expect(inTheWay(9, 8, 9)).toEqual([]);
  expect(inTheWay(9, 8, 10, 11)).toEqual([9, 10, 11]);
});

it('are all that browsers call long', () => {
  expect(inTheWay(51, 50)).toEqual([51]);
});
