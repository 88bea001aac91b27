// The state of a selector, declared part by part: what a part is now, what else it could be, how that is taken over. Out
// of it snapshots are made, checked and restored.
import type { JsonValue, Snapshot, StateArray } from './contracts.js';
import { ResumeError } from './errors.js';

/** One part of a state. */
export interface Part {
  /** What it must be, for messages; default: its name. */
  readonly expected?: string | undefined;
  /** A copy of it. */
  read(): JsonValue | StateArray;
  /**
   * Looks at what a snapshot has in its place.
   * @returns what takes that over; undefined where it cannot be
   */
  check(value: unknown, snapshot: Snapshot): (() => void) | undefined;
}

/** The parts of a state by name. They are taken over in this order. */
export type State = Readonly<Record<string, Part>>;

/** A typed array of a fixed length. */
export function array<Own extends StateArray>(
  own: Own,
  expected?: string,
  fits: (value: Own, snapshot: Snapshot) => boolean = () => true,
): Part {
  const alike = (value: unknown): value is Own =>
    ArrayBuffer.isView(value) && value.constructor === own.constructor && value.byteLength === own.byteLength;
  return {
    expected,
    read: () => own.slice(),
    check: (value, snapshot) => (alike(value) && fits(value, snapshot) ? () => own.set(value) : undefined),
  };
}

/** Numbers and flags that change, kept in an object: each is a part. @param fits whether a finite number can be one */
export function fields(
  own: Record<string, number | boolean>,
  fits: (value: number, name: string) => boolean = () => true,
): State {
  const parts = Object.entries(own).map(([name, now]): [string, Part] => {
    const alike = (value: unknown): value is number | boolean =>
      typeof value === typeof now &&
      (typeof value !== 'number' || (Number.isFinite(value) && fits(value, name)));
    return [
      name,
      { read: () => own[name]!, check: (value) => (alike(value) ? () => (own[name] = value) : undefined) },
    ];
  });
  return Object.fromEntries(parts);
}

/** A permutation of 0 … N − 1. */
export function permutation(own: Uint32Array, things: string): Part {
  return array(own, `an order that holds each of the ${own.length} ${things} once`, (order) => {
    const seen = new Uint8Array(order.length);
    return order.every((i) => i < order.length && seen[i]!++ === 0);
  });
}

/** A copy of a state. */
export function save(state: State): Snapshot {
  const values: Record<string, JsonValue> = {};
  const arrays: Record<string, StateArray> = {};
  for (const [name, part] of Object.entries(state)) {
    const value = part.read();
    if (ArrayBuffer.isView(value)) arrays[name] = value;
    else values[name] = value;
  }
  return { values, arrays };
}

/**
 * Checks all parts of a state.
 * @returns what takes a snapshot over
 * @throws ResumeError naming the first part that cannot be
 */
export function checkState(state: State, snapshot: Snapshot): () => void {
  const { values, arrays } = snapshot;
  const takes = Object.entries(state).map(([name, part]) => {
    const take = part.check(arrays[name] ?? values[name], snapshot);
    if (take === undefined) throw damaged(part.expected ?? `${name} of a selector made like this one`);
    return take;
  });
  return () => {
    for (const take of takes) take();
  };
}

/** @param expected what the snapshot lacks */
export function damaged(expected: string): ResumeError {
  return new ResumeError(
    `The selector snapshot is damaged: expected ${expected}. Start again, or resume from another checkpoint.`,
  );
}
