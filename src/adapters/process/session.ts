// One client's selectors. A request comes in as the bytes of a frame, its answer goes out as another: whatever is wrong with a
// request is its answer, and the next one is read.
import { firstLine, show } from '../../core/check.js';
import { didYouMean } from '../../core/did-you-mean.js';
import { ArgumentError, EvosError } from '../../core/errors.js';
import { createArrays, createMembers, createRequested, sizeOf } from './create.js';
import { describeServer, type Words } from './describe.js';
import { encodeFrame, openFrame, readArrays, type Arrays, type Header } from './frames.js';
import type { Usage } from './limits.js';
import { checkId, checkMembers, selectorName, type RequestId } from './requests.js';
import {
  reportArrays,
  reportMembers,
  restoreArrays,
  selectMembers,
  ServedSelector,
  type Answer,
} from './served-selector.js';

/** What sessions have in common. */
export interface Server {
  /** What all of them hold together. */
  readonly usage: Usage;
  /** The version of the package, which `info` tells. */
  readonly version: string;
  /** What settings mean, for `info`. */
  readonly words: Words;
}

/** An operation: what its request may have, and what it does. */
interface Operation {
  readonly members: readonly string[];
  readonly arrays?: readonly string[];
  run(header: Header, arrays: Arrays): Answer;
}

/** A client's selectors by the names that it gave them. */
export class Session {
  readonly #server: Server;
  readonly #selectors = new Map<string, ServedSelector>();
  readonly #operations: Readonly<Record<string, Operation>> = {
    info: { members: [], run: () => ({ header: describeServer(this.#server) }) },
    create: {
      members: ['selector', ...createMembers],
      arrays: createArrays,
      run: (header, arrays) => this.#create(header, arrays),
    },
    select: {
      members: ['selector', ...selectMembers],
      run: (header) => this.#find(header).select(header),
    },
    report: {
      members: ['selector', ...reportMembers],
      arrays: reportArrays,
      run: (header, arrays) => this.#find(header).report(header, arrays),
    },
    snapshot: { members: ['selector'], run: (header) => this.#find(header).snapshot() },
    restore: {
      members: ['selector'],
      arrays: restoreArrays,
      run: (header, arrays) => this.#find(header).restore(arrays),
    },
    close: { members: ['selector'], run: (header) => this.#closeOne(header) },
  };

  constructor(server: Server) {
    this.#server = server;
  }

  /** Answers a request. @param body a frame without its length; not kept @returns a frame, with its length */
  answer(body: Uint8Array): Uint8Array {
    let id: RequestId = null;
    try {
      const opened = openFrame(body);
      id = checkId(opened.header['id']);
      const { header, arrays } = this.#run(opened.header, () => readArrays(opened));
      return encodeFrame({ id, ok: true, ...header }, arrays);
    } catch (error) {
      return refusal(id, error);
    }
  }

  /** Lets go of all selectors. */
  close(): void {
    for (const { size } of this.#selectors.values()) this.#server.usage.give(size);
    this.#selectors.clear();
  }

  #run(header: Header, arraysOf: () => Arrays): Answer {
    const { op } = header;
    const names = Object.keys(this.#operations);
    if (typeof op !== 'string' || !names.includes(op)) {
      const hint = typeof op === 'string' ? didYouMean(op, names) : '';
      throw new ArgumentError(`op must be one of ${names.join(', ')}, got ${show(op)}.${hint}`);
    }
    const operation = this.#operations[op] as Operation;
    const arrays = arraysOf();
    checkMembers(op, header, arrays, { members: operation.members, arrays: operation.arrays ?? [] });
    return operation.run(header, arrays);
  }

  #create(header: Header, arrays: Arrays): Answer {
    const name = selectorName(header);
    if (this.#selectors.has(name)) {
      throw new ArgumentError(
        `There is a selector ${show(name)} already: close it first, or choose another name.`,
      );
    }
    const size = sizeOf(header);
    const { usage } = this.#server;
    usage.take(size);
    try {
      const served = new ServedSelector(name, createRequested(header, arrays));
      this.#selectors.set(name, served);
      return { header: served.about };
    } catch (error) {
      usage.give(size);
      throw error;
    }
  }

  #find(header: Header): ServedSelector {
    const name = selectorName(header);
    const found = this.#selectors.get(name);
    if (found !== undefined) return found;
    const names = [...this.#selectors.keys()];
    const there = names.length === 0 ? 'none' : names.slice(0, 8).map(show).join(', ');
    throw new ArgumentError(
      `There is no selector ${show(name)} on this connection: create it first. There are: ${there}.`,
    );
  }

  #closeOne(header: Header): Answer {
    const { name, size } = this.#find(header);
    this.#selectors.delete(name);
    this.#server.usage.give(size);
    return { header: {} };
  }
}

/** The answer to what cannot be done. */
export function refusal(id: RequestId, error: unknown): Uint8Array {
  return encodeFrame({ id, ok: false, error: described(error) });
}

function described(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof EvosError) return { code: error.code, message: error.message };
  // Engines say so in words of their own.
  const noMemory = error instanceof RangeError && /alloc|invalid (typed )?array length/i.test(error.message);
  if (noMemory) {
    const message = `There is not enough memory for that (${firstLine(error)}): take fewer samples, or other settings.`;
    return { code: 'argument', message };
  }
  return { code: 'internal', message: `This is a fault in evos: ${firstLine(error)}` };
}
