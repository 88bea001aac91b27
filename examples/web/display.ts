// When to draw: at most once for each frame of the display, and no more often than training can spare. Steps do not wait for that:
// they go on between two frames.

/** Times as long as drawing took is trained before the next. */
const trainedPerDrawn = 2;

/** Calls back at the display's next frame; where a worker has no display, after the time of one. */
const nextFrame: (callback: () => void) => unknown =
  'requestAnimationFrame' in globalThis
    ? (callback) => requestAnimationFrame(callback)
    : (callback) => setTimeout(callback, 1000 / 60);

/** Frames of the display, as somebody sees them who trains. */
export class Display {
  #ready = true;
  #next = 0;
  /** Milliseconds that the last one took, or that the first should. */
  #took = 250;
  /** Milliseconds to the next. */
  #rest = 0;

  /** Whether what is drawn now is seen, and its time can be spared. */
  get due(): boolean {
    return this.#ready && performance.now() >= this.#next;
  }

  /** The time until the next begins anew: what just went on was no training yet. */
  wait(): void {
    this.#next = performance.now() + this.#rest;
  }

  /** Draws, and takes note of how long that takes. */
  async draw(drawing: () => Promise<void>): Promise<void> {
    const start = performance.now();
    await drawing();
    const end = performance.now();
    // One that took longer than the one before had something else to wait for: the first, for kernels to be compiled.
    const took = end - start;
    this.#rest = trainedPerDrawn * Math.min(took, this.#took);
    this.#took = took;
    this.wait();
    this.#ready = false;
    nextFrame(() => (this.#ready = true));
  }
}
