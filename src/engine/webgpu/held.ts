// Short steps that nobody waits for share a submit: their commands are held until there are enough, until somebody wants something of
// the device, or until the caller has nothing more to send just now. What each of them reads has a place of its own, since all that
// is sent to the device arrives before the whole submit.
import type { Gpu } from './gpu.js';

/** Most steps of a submit: more spare next to nothing, and each has a place for what it reads. */
export const mostHeld = 8;

/** Submits of such steps that may be under way while the next is written. */
const mostUnderWay = 2;

/** What is sent for one step alone. */
export const ofSteps = ['indices', 'pixels', 'weightings', 'sent points', 'sent targets'] as const;

/** The buffer of a place, for what is sent for one step alone. */
export const placed = (name: string, place: number): string =>
  place > 0 && ofSteps.some((of) => of === name) ? `${name} ${place}` : name;

/** How long passes took, for whoever plans by it. */
export type Timed = (start: number, passes: number) => void;

/** The steps that are written and not yet sent. */
export class HeldSteps {
  readonly #gpu: Gpu;
  readonly #timed: Timed;
  #encoder: GPUCommandEncoder | undefined;
  #count = 0;
  #passes = 0;
  #start = 0;
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #underWay: Promise<undefined>[] = [];

  constructor(gpu: Gpu, timed: Timed) {
    this.#gpu = gpu;
    this.#timed = timed;
  }

  /**
   * The place of the next step's data, from 0 to `mostHeld` − 1: none of the held ones has it. Waits where too much is under way.
   * @throws DeviceError when the device is lost
   */
  async place(): Promise<number> {
    this.#gpu.check();
    while (this.#count === 0 && this.#underWay.length >= mostUnderWay) await this.#underWay.shift();
    this.#turn = (this.#turn + 1) % mostHeld;
    return this.#turn;
  }

  /** Takes a step's commands. @param most steps of a submit */
  hold(write: (encoder: GPUCommandEncoder) => void, passes: number, most: number): void {
    if (this.#encoder === undefined) {
      this.#encoder = this.#gpu.device.createCommandEncoder();
      this.#start = performance.now();
      // Where the caller does something else meanwhile, the device need not wait for it.
      this.#timer = setTimeout(() => this.flush(), 0);
    }
    write(this.#encoder);
    this.#count++;
    this.#passes += passes;
    if (this.#count >= Math.min(most, mostHeld)) this.flush();
  }

  /** Sends what is held. */
  flush(): void {
    const [encoder, start, passes] = [this.#encoder, this.#start, this.#passes];
    this.drop();
    if (encoder === undefined) return;
    const { queue } = this.#gpu.device;
    queue.submit([encoder.finish()]);
    const done = (async () => {
      await this.#gpu.waited(queue.onSubmittedWorkDone());
      this.#timed(start, passes);
      return undefined;
    })();
    // Told by a later step.
    done.catch(() => undefined);
    this.#underWay.push(done);
  }

  /** Forgets what is held. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#encoder = undefined;
    this.#count = 0;
    this.#passes = 0;
  }
}
