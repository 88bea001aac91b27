// Reads fields of JSON objects. Messages name the file, the entry, and what people often get wrong in transforms.json.
import { firstLine } from '../../core/check.js';
import { InputError } from '../../core/errors.js';
import { readSceneFile } from './scene-files.js';

/** One object of a JSON file. */
export class Fields {
  readonly #object: Readonly<Record<string, unknown>>;
  /** The file and the entry, for messages. */
  readonly where: string;

  constructor(object: unknown, where: string) {
    if (typeof object !== 'object' || object === null || Array.isArray(object)) {
      throw new InputError(`${where}: got ${describe(object)}; expected an object with fields`);
    }
    this.#object = object as Readonly<Record<string, unknown>>;
    this.where = where;
  }

  /** The names of its fields. */
  stated(): string[] {
    return Object.keys(this.#object).filter((name) => this.has(name));
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  get(name: string): unknown {
    return Object.hasOwn(this.#object, name) ? (this.#object[name] ?? undefined) : undefined;
  }

  number(name: string): number | undefined {
    return this.#typed(name, (value): value is number => Number.isFinite(value), 'a finite number');
  }

  string(name: string): string | undefined {
    return this.#typed(name, (value) => typeof value === 'string', 'a text');
  }

  boolean(name: string): boolean | undefined {
    return this.#typed(name, (value) => typeof value === 'boolean', 'true or false');
  }

  list(name: string): readonly unknown[] | undefined {
    return this.#typed(name, Array.isArray, 'a list');
  }

  #typed<T>(name: string, is: (value: unknown) => value is T, expected: string): T | undefined {
    const value = this.get(name);
    return value === undefined || is(value) ? value : this.fail(name, value, expected);
  }

  /** @throws InputError naming the field, what it holds and what was expected */
  fail(name: string, value: unknown, expected: string): never {
    throw new InputError(`${this.where}: got ${name} = ${describe(value)}; expected ${expected}`);
  }
}

/** Reads a JSON file whose top is an object. @throws InputError for anything else. */
export async function readJson(file: string, expected: string): Promise<Fields> {
  const text = (await readSceneFile(file, expected)).toString('utf8').replace(/^\uFEFF/, '');
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    const odd = /[[:,]\s*(NaN|-?Infinity)\b/.exec(text)?.[1];
    throw new InputError(
      odd === undefined
        ? `${file}: not valid JSON (${firstLine(error)}); expected ${expected}; export it again, or mend it there`
        : `${file}: holds ${odd}, which JSON has no word for; expected finite numbers; leave out the frames whose ` +
            'cameras were not found, and export it again',
      { cause: error },
    );
  }
  return new Fields(parsed, file);
}

function describe(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  const text = jsonOf(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** Lists in lists in lists, ten thousand deep, are more than can be written down. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return 'what is nested too deeply to show';
  }
}
