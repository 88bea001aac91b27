// A selector as a client has it: by names and numbers in place of objects, with the selections that may still be reported.
import { checkFloats, checkInteger } from '../../core/check.js';
import { ArgumentError, ResumeError } from '../../core/errors.js';
import type { Feedback, Selection, Selector, StateArray } from '../../core/index.js';
import { present } from '../../core/present.js';
import { wrongType, type Created } from './create.js';
import type { Arrays, Header } from './frames.js';
import { optionalInteger } from './requests.js';
import { decodeSnapshot, encodeSnapshot } from './snapshots.js';

/** What an operation answers, beside what every answer has. */
export interface Answer {
  readonly header: Header;
  readonly arrays?: Arrays;
}

/** The members of requests to select. */
export const selectMembers: readonly string[] = ['step', 'count', 'revision'];
/** The members and arrays of reports. */
export const reportMembers: readonly string[] = ['selection', 'step'];
const perSample: readonly string[] = ['errors', 'absolute', 'tangents'];
export const reportArrays: readonly string[] = [
  ...perSample,
  ...['predictions', 'targets', 'inputGradients', 'frequency'],
];
/** The arrays of requests to restore. */
export const restoreArrays: readonly string[] = ['snapshot'];

/** What is remembered of a selection until its report comes. */
type Recent = Pick<Selection, 'id' | 'step' | 'pass' | 'size'>;

/** Selections remembered: more than core keeps open. */
const mostRecent = 64;

/** A selector by the name that a client gave it. */
export class ServedSelector {
  readonly name: string;
  readonly #selector: Selector;
  readonly #lag: number;
  /** Oldest first. */
  #recent: Recent[] = [];
  #last = 0;

  constructor(name: string, { selector, lag }: Created) {
    this.name = name;
    this.#selector = selector;
    this.#lag = lag;
  }

  /** Samples of its pool. */
  get size(): number {
    return this.#selector.size;
  }

  /** What a client is told of it. */
  get about(): Header {
    const { strategy, size, step, needs } = this.#selector;
    return { selector: this.name, strategy, size, step, needs, lag: this.#lag };
  }

  /** The next selection. @throws ArgumentError when another step was asked for than comes next */
  select(header: Header): Answer {
    const next = this.#selector.step + 1;
    const step = optionalInteger(header, 'step', 1, 'steps count from 1');
    if (step !== undefined && step !== next) {
      throw new ArgumentError(
        `Step ${step} was asked for, but ${next} comes next: every step is chosen once. Leave step out to take what comes, ` +
          'or restore a snapshot to go back.',
      );
    }
    const batchSize = optionalInteger(header, 'count', 1, 'how many samples to draw at most');
    const revision = optionalInteger(header, 'revision', 0, 'it counts up when the samples are drawn anew');
    const selection = this.#selector.next(present({ batchSize, revision }));
    this.#remember(selection);
    const { id, step: of, pass, size, whole, ratio, wants, awaited, terms, patches, weights } = selection;
    const said = { selection: id, step: of, pass, size, whole, ratio, wants, awaited };
    return {
      header: { ...said, ...present({ terms, patches }) },
      // All samples in their order need no list.
      arrays: present({ indices: whole ? undefined : selection.indices, weights }),
    };
  }

  /** Takes a report in. */
  report(header: Header, arrays: Arrays): Answer {
    const feedback = floatsOf(arrays);
    const id = this.#reported(header);
    if (id === undefined) return { header: { used: false } };
    const known = this.#recent.find((each) => each.id === id);
    // A report that waits is read when its turn comes; what is plain to see is told at once.
    if (known !== undefined && this.#lag > 0) checkSizes(known, feedback);
    return { header: { selection: id, used: this.#selector.report({ id }, feedback) } };
  }

  /** The whole state as bytes. */
  snapshot(): Answer {
    const bytes = encodeSnapshot({ snapshot: this.#selector.snapshot(), recent: this.#recent });
    return { header: { step: this.#selector.step }, arrays: { snapshot: bytes } };
  }

  /** Goes on from such bytes. */
  restore({ snapshot: bytes }: Arrays): Answer {
    if (bytes === undefined) throw new ArgumentError('To restore, send the array snapshot, of type u8.');
    if (!(bytes instanceof Uint8Array)) throw wrongType('snapshot', bytes, 'u8');
    const { snapshot, recent } = decodeSnapshot(bytes);
    const last = snapshot.values['id'];
    if (!isRecentList(recent) || typeof last !== 'number') {
      throw new ResumeError('The snapshot is damaged: it does not say which selections are recent.');
    }
    this.#selector.restore(snapshot);
    this.#recent = [...recent];
    this.#last = last;
    return { header: { step: this.#selector.step } };
  }

  #remember({ id, step, pass, size }: Selection): void {
    this.#last = id;
    this.#recent.push({ id, step, pass, size });
    if (this.#recent.length > mostRecent) this.#recent.shift();
  }

  /** The selection that a report is of: by its number, by its step, else the last; undefined where it is too long ago. */
  #reported(header: Header): number | undefined {
    const { selection } = header;
    const hint = 'report a selection that select gave';
    if (this.#last === 0)
      throw new ArgumentError('Nothing was selected yet: select first, then report what a pass found.');
    if (selection !== undefined) return checkInteger('selection', selection, 1, this.#last, hint);
    const step = optionalInteger(header, 'step', 1, hint);
    if (step === undefined) return this.#last;
    checkInteger('step', step, 1, this.#selector.step, hint);
    return this.#recent.find((each) => each.step === step && each.pass === 'train')?.id;
  }
}

function floatsOf(arrays: Arrays): Feedback {
  const floats = Object.entries(arrays).map(([name, array]: [string, StateArray]) => {
    if (!(array instanceof Float32Array)) throw wrongType(name, array, 'f32');
    return [name, array] as const;
  });
  return Object.fromEntries(floats);
}

function checkSizes({ size }: Recent, feedback: Feedback): void {
  for (const [name, array] of Object.entries(feedback)) {
    if (perSample.includes(name)) checkFloats(name, array, size, 'one per sample of the selection, [n]');
  }
}

function isRecentList(value: unknown): value is Recent[] {
  return (
    Array.isArray(value) &&
    value.length <= mostRecent &&
    value.every((each: unknown) => {
      if (typeof each !== 'object' || each === null) return false;
      const { id, step, pass, size } = each as Partial<Record<string, unknown>>;
      return [id, step, size].every(Number.isSafeInteger) && (pass === 'train' || pass === 'score');
    })
  );
}
