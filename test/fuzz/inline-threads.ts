// Worker threads without threads: a hundred thousand inputs cannot each wait for some to start. The code of a thread runs in the
// thread that started it, its module new each time; messages are copied as between threads. An input that is read alone has real
// ones.
import { EventEmitter } from 'node:events';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { InferenceSession } from 'onnxruntime-node';

type Threads = Record<'Worker' | 'parentPort' | 'workerData', unknown>;

const threads = createRequire(import.meta.url)('node:worker_threads') as Threads;

interface WorkerOptions {
  readonly workerData?: unknown;
}

let started = 0;
const alive = new Set<InlineWorker>();
const sessions: InferenceSession[] = [];
/** One thread starts after the other: its module reads what it was given from where all read it. */
let starting = Promise.resolve();

/** What a thread has of the one that started it. */
class InlinePort extends EventEmitter {
  constructor(readonly postMessage: (message: unknown, transfer?: readonly ArrayBuffer[]) => void) {
    super();
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  close(): void {
    this.removeAllListeners();
  }
}

/** Stands for `Worker`, as far as this package uses it. */
class InlineWorker extends EventEmitter {
  threadId = ++started;
  readonly #port: InlinePort;
  /** Settled once the thread's module has run. */
  readonly #ready: Promise<void>;

  constructor(script: URL, { workerData }: WorkerOptions = {}) {
    super();
    alive.add(this);
    this.#port = new InlinePort((message, transfer) => this.#send(this, message, transfer));
    const given = structuredClone(workerData);
    this.#ready = starting.then(async () => {
      Object.assign(threads, { parentPort: this.#port, workerData: given });
      syncBuiltinESMExports();
      await import(`${script.href}?thread=${this.threadId}`);
    });
    starting = this.#ready.catch((error: unknown) => void this.emit('error', error));
  }

  postMessage(message: unknown, transfer: readonly ArrayBuffer[] = []): void {
    const copy: unknown = structuredClone(message, { transfer: [...transfer] });
    void this.#ready.then(
      () => this.#send(this.#port, copy),
      () => undefined,
    );
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  async terminate(): Promise<number> {
    this.threadId = -1;
    this.#port.close();
    this.removeAllListeners();
    alive.delete(this);
    // A thread that ends takes its sessions along.
    if (alive.size === 0) await Promise.all(sessions.splice(0).map((session) => release(session)));
    return 1;
  }

  #send(to: EventEmitter, message: unknown, transfer: readonly ArrayBuffer[] = []): void {
    const copy: unknown = structuredClone(message, { transfer: [...transfer] });
    setImmediate(() => {
      if (this.threadId !== -1) to.emit('message', copy);
    });
  }
}

/** Frees a session, unless its thread has done so. */
async function release(session: InferenceSession): Promise<void> {
  await session.release().catch(() => undefined);
}

/** From here on `new Worker` starts no thread in this process. */
export function inlineThreads(): void {
  threads.Worker = InlineWorker;
  syncBuiltinESMExports();
  const create = InferenceSession.create.bind(InferenceSession) as (
    ...given: unknown[]
  ) => Promise<InferenceSession>;
  const remembering = async (...given: unknown[]): Promise<InferenceSession> => {
    const session = await create(...given);
    sessions.push(session);
    return session;
  };
  Object.assign(InferenceSession, { create: remembering });
}
