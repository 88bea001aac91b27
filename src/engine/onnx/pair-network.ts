// Runs a network of the user's own that compares two pictures and answers with one number, as LPIPS does, in a worker thread.
import { InputError } from '../../core/errors.js';
import { RuntimeFailure, WorkerHandle } from './workers.js';

/** What the thread is given. */
export interface PairSetup {
  readonly model: Uint8Array;
}

/** Two pictures, `[3, height, width]` each, from −1 to 1. */
export interface PicturePlanes {
  readonly width: number;
  readonly height: number;
  readonly reference: Float32Array;
  readonly result: Float32Array;
}

/** What the thread is asked: to compare pictures, or, without them, whether the network takes any. */
export interface PairJob {
  readonly pictures?: PicturePlanes;
}

/** The number; or, in words, what the network takes or answers in its place. */
export type PairReply = { readonly value: number } | { readonly fit: true } | { readonly unfit: string };

/** A network that compares pictures. */
export interface PairNetwork {
  /** Makes sure that it takes pictures at all; of what size shows later. @throws InputError */
  check(): Promise<void>;
  /** @throws InputError where the network does not take such pictures, or does not answer with one finite number */
  compare(pictures: PicturePlanes): Promise<number>;
  dispose(): Promise<void>;
}

/** What is expected of such a network, for messages. */
export const pairContract =
  'a network that takes two pictures of the shape [1, 3, height, width] from -1 to 1, as two inputs or stacked into one of ' +
  '[2, 3, height, width], in 32-bit floats, and answers with one number';

/** Opens a network. @param name the model's file, for messages */
export function openPairNetwork(model: Uint8Array, name: string): PairNetwork {
  const script = new URL('./pair-worker.js', import.meta.url);
  const setup: PairSetup = { model };
  const worker = new WorkerHandle<PairJob, PairReply>('the thread that compares pictures', script, setup);
  const refused = (cause: unknown): never => {
    if (!(cause instanceof RuntimeFailure)) throw cause;
    throw new InputError(`${name} cannot be run: ${cause.reason}; expected ${pairContract}`, { cause });
  };
  const ask = async (job: PairJob): Promise<Exclude<PairReply, { readonly unfit: string }>> => {
    const reply = await worker.run(job).catch(refused);
    if ('unfit' in reply) throw new InputError(`${name}: ${reply.unfit}; expected ${pairContract}`);
    return reply;
  };
  return {
    check: async () => void (await ask({})),
    async compare(pictures) {
      const reply = await ask({ pictures });
      return 'value' in reply ? reply.value : NaN;
    },
    dispose: () => worker.stop(),
  };
}
