// Which photographs are for what, as nerfstudio lists them: `train_filenames`, `val_filenames`, `test_filenames`.
import path from 'node:path';
import type { Split } from '../scene.js';
import type { Fields } from './json-fields.js';
import { listed, pathInScene } from './scene-files.js';

export const splits: readonly Split[] = ['train', 'val', 'test'];

/** The lists of one file. */
export class SplitLists {
  /** As the lists have them, and without extensions. */
  readonly #byPath = new Map<string, Split>();
  readonly #byBareName = new Map<string, Split>();
  readonly #names = new Map<string, string>();
  readonly #file: string;
  readonly #stated: readonly Split[];

  /**
   * @param folder the scene's, absolute
   * @throws InputError for lists that hold anything but paths inside the folder
   */
  constructor(top: Fields, folder: string) {
    this.#file = path.basename(top.where);
    this.#stated = splits.filter((split) => top.has(`${split}_filenames`));
    for (const split of this.#stated) {
      const list = `${split}_filenames`;
      for (const name of top.list(list) ?? []) {
        if (typeof name !== 'string') top.fail(list, name, 'paths of photographs');
        const file = pathInScene(folder, name, `${top.where}: ${list}`);
        this.#byPath.set(file, split);
        this.#byBareName.set(withoutExtension(file), split);
        this.#names.set(file, name);
      }
    }
  }

  /** What a photograph is for; one side may name it without its extension. @param file absolute */
  of(file: string): Split | undefined {
    const bare = path.extname(file) === '' ? this.#byBareName.get(file) : undefined;
    return this.#byPath.get(file) ?? this.#byPath.get(withoutExtension(file)) ?? bare;
  }

  /** What is odd about the lists. @param files of all frames, absolute */
  warnings(files: readonly string[]): string[] {
    if (this.#stated.length === 0) return [];
    const known = new Set(files.flatMap((file) => [file, withoutExtension(file)]));
    const bare = new Set(files.filter((file) => path.extname(file) === ''));
    const unmatched = [...this.#byPath.keys()].filter(
      (file) => !known.has(file) && !bare.has(withoutExtension(file)),
    );
    const unlisted = files.filter((file) => this.of(file) === undefined).length;
    const lists = this.#stated.map((split) => `${split}_filenames`).join(' and ');
    return [
      ...(unmatched.length > 0
        ? [
            `${lists} of ${this.#file} name photographs that no frame has: ${listed(unmatched.map((file) => this.#names.get(file)!))}`,
          ]
        : []),
      ...(this.#stated.includes('val') || this.#stated.includes('test')
        ? []
        : [
            `${this.#file} has train_filenames, but none for test or val: which are held out goes by their names`,
          ]),
      ...(unlisted > 0
        ? [
            `${unlisted} of ${files.length} photographs are in no list of ${this.#file} (${lists}); they count as if there were none`,
          ]
        : []),
    ];
  }
}

function withoutExtension(file: string): string {
  const { dir, name } = path.parse(file);
  return path.join(dir, name);
}
