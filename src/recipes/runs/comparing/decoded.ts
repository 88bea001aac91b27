// Inputs decoded once for all runs on them. What there is room for stays; the rest is decoded again when its turn comes.
import type { RunTypes } from '../events.js';
import type { ModalityRun } from '../modality.js';

/** Most bytes of decoded inputs that are kept, all of them together. */
const room = 2 ** 28;

/** The decoded inputs of a comparison. */
export class DecodedInputs<Types extends RunTypes> {
  readonly #rest: ModalityRun<Types>;
  readonly #settings: Types['settings'];
  readonly #kept = new Map<string, object>();
  #bytes = 0;

  /** @param settings of any of the runs: what has to do with the input is the same for all */
  constructor(rest: ModalityRun<Types>, settings: Types['settings']) {
    this.#rest = rest;
    this.#settings = settings;
  }

  /** Makes sure that an input can be used. @throws InputError */
  async check(input: string): Promise<void> {
    if (this.#rest.decoding !== undefined) await this.of(input);
    else await this.#rest.release?.((await this.#rest.read(input, this.#settings)).input);
  }

  /** An input, decoded; undefined where the modality has nothing to share. */
  async of(input: string): Promise<object | undefined> {
    const known = this.#kept.get(input);
    if (known !== undefined) return known;
    const decoded = await this.#rest.decoding?.decode(input, this.#settings);
    if (decoded === undefined) return undefined;
    const bytes = bytesOf(decoded);
    if (this.#bytes + bytes <= room) {
      this.#kept.set(input, decoded);
      this.#bytes += bytes;
    }
    return decoded;
  }
}

/** Bytes of the arrays in plain data. */
function bytesOf(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, each: unknown) => sum + bytesOf(each), 0);
}
