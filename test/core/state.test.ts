// The state of a selector: copies out, and in only what fits; nothing is taken over of a snapshot that does not fit whole.
import { describe, expect, it } from 'vitest';
import { ResumeError } from '../../src/core/errors.js';
import { array, checkState, fields, permutation, save, type State } from '../../src/core/state.js';

const none = { values: {}, arrays: {} };

/** A state of all kinds of parts, and what it is of. */
function make(): {
  state: State;
  own: { count: number; on: boolean };
  floats: Float32Array;
  order: Uint32Array;
} {
  const own = { count: 3, on: true };
  const floats = Float32Array.of(1, 2);
  const order = Uint32Array.of(2, 0, 1);
  const state = {
    ...fields(own, (value, name) => name === 'count' && value >= 0),
    floats: array(floats, 'two numbers', (value, { values }) => value[0]! < 10 && values['on'] === true),
    order: permutation(order, 'samples'),
  };
  return { state, own, floats, order };
}

describe('a state', () => {
  it('is saved as a copy, and taken over as one', () => {
    const one = make();
    const snapshot = save(one.state);
    expect(snapshot).toEqual({
      values: { count: 3, on: true },
      arrays: { floats: Float32Array.of(1, 2), order: Uint32Array.of(2, 0, 1) },
    });
    Object.assign(one.own, { count: 9, on: false });
    one.floats.fill(7);
    one.order.fill(0);
    const take = checkState(one.state, snapshot);
    expect([one.own.count, one.floats[0]]).toEqual([9, 7]);
    take();
    expect(one.own).toEqual({ count: 3, on: true });
    expect([[...one.floats], [...one.order]]).toEqual([
      [1, 2],
      [2, 0, 1],
    ]);
    one.floats.fill(0);
    expect(snapshot.arrays['floats']).toEqual(Float32Array.of(1, 2));
  });

  const order = 'an order that holds each of the 3 samples once';
  it.each<[string, object, object, string]>([
    ['a number below its range', { count: -1 }, {}, 'count of a selector made like this one'],
    ['no finite number', { count: Infinity }, {}, 'count of a selector made like this one'],
    ['text in place of a number', { count: '3' }, {}, 'count of a selector made like this one'],
    ['a number in place of a flag', { on: 1 }, {}, 'on of a selector made like this one'],
    ['a missing flag', { on: undefined }, {}, 'on of a selector made like this one'],
    ['an array of another length', {}, { floats: new Float32Array(3) }, 'two numbers'],
    ['an array of another type', {}, { floats: new Uint32Array(2) }, 'two numbers'],
    ['no array', {}, { floats: undefined }, 'two numbers'],
    ['plain numbers for an array', { floats: [1, 2] }, { floats: undefined }, 'two numbers'],
    ['numbers out of range', {}, { floats: Float32Array.of(10, 0) }, 'two numbers'],
    ['numbers that do not go with the rest', { on: false }, {}, 'two numbers'],
    ['an order with one twice', {}, { order: Uint32Array.of(2, 2, 1) }, order],
    ['an order with one beyond', {}, { order: Uint32Array.of(3, 0, 1) }, order],
    ['an order far beyond', {}, { order: Uint32Array.of(2 ** 32 - 1, 0, 1) }, order],
  ])('is not taken over from %s', (_, values, arrays, expected) => {
    const one = make();
    const saved = save(one.state);
    one.own.count = 5;
    const snapshot = {
      values: { ...saved.values, ...values },
      arrays: { ...saved.arrays, ...arrays },
    } as unknown as typeof saved;
    expect(() => checkState(one.state, snapshot)).toThrow(
      new ResumeError(
        `The selector snapshot is damaged: expected ${expected}. Start again, or resume from another checkpoint.`,
      ),
    );
    expect([one.own, [...one.floats], [...one.order]]).toEqual([{ count: 5, on: true }, [1, 2], [2, 0, 1]]);
  });

  it('takes any finite numbers and any array of its kind where nothing else is said', () => {
    const own = { count: 3 };
    const bytes = Uint8Array.of(1, 2);
    const state = { ...fields(own), bytes: array(bytes) };
    checkState(state, { values: { count: -7.5 }, arrays: { bytes: Uint8Array.of(8, 9) } })();
    expect([own.count, ...bytes]).toEqual([-7.5, 8, 9]);
    expect(() => checkState({ bytes: array(bytes) }, none)).toThrow(
      'expected bytes of a selector made like this one.',
    );
  });
});
