// What a run's folder holds: a line for each file, which says what can be said of it again after another run of the same
// job. Every file has to be whole.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { describeModel } from '../../src/engine/index.js';
import { loadCheckpoint } from '../../src/recipes/runs/checkpoint.js';
import { listName } from '../../src/recipes/runs/file-list.js';
import { recordName } from '../../src/recipes/runs/comparing/inputs.js';
import { loadMesh } from '../../src/sdf/files/load.js';

/** Files that no run wrote, in whatever folder runs write to. */
export const strangers = ['notes.txt', 'renders/notes.txt'];
export const strangersWords = 'mine\n';

/** What a folder holds. */
export interface Look {
  /** `name: what it is`, sorted; numbers that a process has drawn are left out of names. */
  readonly lines: readonly string[];
  /** The last step of the checkpoint in each folder that has one; '' is the folder itself. */
  readonly steps: ReadonlyMap<string, number>;
  /** Checksums of the models, by name. */
  readonly models: ReadonlyMap<string, string>;
}

/**
 * Looks into a folder.
 * @throws Error naming a file that is torn, that tells of another run than its neighbours, or that nobody knows
 */
export async function lookInto(folder: string): Promise<Look> {
  const names = existsSync(folder) ? filesIn(folder) : [];
  const lines: string[] = [];
  const steps = new Map<string, number>();
  const models = new Map<string, string>();
  for (const name of names) {
    const file = path.join(folder, name);
    const kind = path.basename(name);
    const found = await describe(file).catch((error: unknown) => {
      throw new Error(`${name} is torn: ${String(error)}`);
    });
    lines.push(`${shown(name)}: ${found}`);
    if (kind === 'checkpoint.safetensors') steps.set(folderOf(name), (await loadCheckpoint(file)).step);
    if (kind === 'model.onnx') models.set(name, found);
    if (kind === 'metrics.json') checkComplete(folder, folderOf(name), names);
  }
  return { lines: lines.sort(), steps, models };
}

/** Where metrics.json is the others are, and they are of the same steps. */
function checkComplete(top: string, name: string, names: readonly string[]): void {
  const folder = path.join(top, name);
  const list = readFileSync(path.join(folder, listName), 'utf8').trim().split('\n');
  const missing = list.find((each) => !names.includes(path.posix.join(name, each)));
  if (missing !== undefined) throw new Error(`${name}/metrics.json is there, ${missing} is not`);
  const { steps } = JSON.parse(readFileSync(path.join(folder, 'metrics.json'), 'utf8')) as { steps: number };
  const { steps: modelled } = trainingOf(path.join(folder, 'model.onnx'));
  if (steps !== modelled) {
    throw new Error(`${name}/metrics.json tells of ${steps} steps, model.onnx is of ${modelled}`);
  }
}

/** Says what a file is. @throws any error where it is not whole */
async function describe(file: string): Promise<string> {
  const name = path.basename(file);
  const bytes = readFileSync(file);
  const text = bytes.toString('utf8');
  const sum = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  if (/^\.evos-tmp-/.test(name)) return 'half of something';
  if (/^\.evos-lock/.test(name)) {
    const { pid } = JSON.parse(text) as { pid: number };
    return Number.isSafeInteger(pid) ? 'of a process' : expected('a process', text);
  }
  switch (name.startsWith('.') ? name : path.extname(name)) {
    case listName:
      return text.endsWith('\n') ? text.trim().split('\n').join(' ') : expected('lines', text);
    case recordName:
      return Object.entries(JSON.parse(text) as Record<string, string>).join(' ');
    case '.safetensors': {
      const { step, settings } = await loadCheckpoint(file);
      const { steps, seed } = (settings as { settings: { steps: number; seed: number } }).settings;
      return `step ${step} of ${steps}, seed ${seed}`;
    }
    case '.onnx':
      return `${trainingOf(file).steps} steps, ${sum}`;
    case '.png':
    case '.webp':
      await sharp(bytes, { animated: true, failOn: 'truncated' }).stats();
      return sum;
    case '.ply':
    case '.glb':
      await loadMesh(file);
      return sum;
    case '.json':
      JSON.parse(text);
      return 'JSON';
    case '.html':
      return /<\/html>\s*$/.test(text) ? 'a page' : expected('a page', text);
    case '.csv':
      return text.endsWith('\n') ? 'a table' : expected('a table', text);
    case '.tex':
      return text.endsWith('\\end{table}\n') ? 'a table of LaTeX' : expected('a table of LaTeX', text);
    case '.txt':
      return text === strangersWords ? 'of somebody else' : expected(strangersWords, text);
    default:
      return expected('a file of a run', name);
  }
}

/** What the model of a run was trained with. */
function trainingOf(file: string): { readonly steps: number } {
  const { metadata } = describeModel(readFileSync(file), file);
  return JSON.parse(metadata['training'] ?? '') as { steps: number };
}

function expected(what: string, text: string): never {
  throw new Error(`expected ${what}, got ${JSON.stringify(text.slice(-80))}`);
}

/** The files below a folder, with slashes. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) =>
      path.relative(folder, path.join(parentPath, name)).replaceAll(path.sep, '/'),
    );
}

const folderOf = (name: string): string => (name.includes('/') ? path.posix.dirname(name) : '');

const shown = (name: string): string => name.replace(/(\.evos-(tmp|next|lock))-[\w-]+/g, '$1-*');
