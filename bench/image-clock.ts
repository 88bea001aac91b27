// Time on a machine whose speed drifts. The unit is one full training step: a scratch trainer takes one now and then,
// and the work between two such readings counts for as many units as steps would have fitted into it at the mean of
// the two. A machine that slows down by half slows the yardstick with it, and the clock stays where it was.

/** Beyond what a step may take by the yardstick, this many times over and so many seconds, the machine stood still. */
const stopFactor = 10;
const stopSeconds = 5;

/** What goes into a checkpoint. */
export interface ClockState {
  readonly units: number;
  readonly seconds: number;
  readonly stopped: number;
}

/** Counts an arm's work in units. It runs from `start` to `close`, and again. */
export class WorkClock {
  readonly #pixels: number;
  #units: number;
  /** Seconds of work when the stretch began, and now. */
  #from: number;
  #seconds: number;
  #stopped: number;
  #yardstick = 1;

  /** @param pixels samples of a full step */
  constructor(pixels: number, state: ClockState = { units: 0, seconds: 0, stopped: 0 }) {
    this.#pixels = pixels;
    this.#units = state.units;
    this.#from = state.seconds;
    this.#seconds = state.seconds;
    this.#stopped = state.stopped;
  }

  /** Seconds of work so far, stops left out. */
  get seconds(): number {
    return this.#seconds;
  }

  /** Seconds since the stretch began. */
  get stretch(): number {
    return this.#seconds - this.#from;
  }

  /** Units so far: provisional within a stretch, by the reading before it alone. */
  get units(): number {
    return this.#units + this.stretch / this.#yardstick;
  }

  get state(): ClockState {
    return { units: this.units, seconds: this.#seconds, stopped: this.#stopped };
  }

  /** Begins a stretch. @param yardstick seconds of a full step just now */
  start(yardstick: number): void {
    this.#yardstick = yardstick;
  }

  /** Takes note of a step. One in which the machine stood still counts as the yardstick would have it. */
  step(samples: number, seconds: number): void {
    const expected = (this.#yardstick * samples) / this.#pixels;
    const stood = seconds > stopSeconds + stopFactor * expected;
    this.#seconds += stood ? expected : seconds;
    if (stood) this.#stopped += seconds - expected;
  }

  /**
   * Ends a stretch.
   * @param yardstick seconds of a full step just now
   * @returns units at a number of seconds within the stretch, for what was noted meanwhile
   */
  close(yardstick: number): (seconds: number) => number {
    const mean = (this.#yardstick + yardstick) / 2;
    const { units, seconds } = { units: this.#units, seconds: this.#from };
    const unitsAt = (at: number): number => units + (at - seconds) / mean;
    this.#units = unitsAt(this.#seconds);
    this.#from = this.#seconds;
    this.#yardstick = yardstick;
    return unitsAt;
  }
}

/** A reading far beyond the one before it caught a stop, and is taken again. */
export function isStop(reading: number, before: number | undefined): boolean {
  return before !== undefined && reading > stopSeconds + 3 * before;
}
