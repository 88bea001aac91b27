// A command line without a process: streams that keep what was written, a clock and signals in the test's hand,
// and recipes that play back events instead of training.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { rmSync } from 'node:fs';
import type { Environment, Recipes, StopSignal } from '../../src/cli/environment.js';
import { run } from '../../src/cli/run.js';
import type {
  CampaignEvent,
  CompareEvent,
  CompareMeshEvent,
  CompareMeshReport,
  CompareMeshRow,
  CompareReport,
  CompareRow,
  CompareSceneEvent,
  CompareSceneReport,
  CompareSceneRow,
  Diagnosis,
  FitImageEvent,
  FitMeshEvent,
  FitSceneEvent,
  HistoryEntry,
  ImageMetrics,
  MeshMetrics,
  Rendered,
  Request,
  SceneInfo,
  SceneMetrics,
} from '../../src/recipes/index.js';
import type { CampaignPlaces } from '../../src/recipes/runs/comparing/comparison.js';
import { imageSettings } from '../../src/recipes/modalities/image/settings.js';
import { meshSettings } from '../../src/recipes/modalities/mesh/settings.js';
import { sceneSettings } from '../../src/recipes/modalities/scene/settings.js';

/** A folder that is removed after the test, with files in it. */
export function temporaryFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'evos-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
  return folder;
}

/** How a test wants the world to be. */
export interface World {
  readonly recipes?: Partial<Fakes>;
  readonly cwd?: string;
  readonly columns?: number;
  readonly isTTY?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input as bytes. */
  readonly input?: readonly Uint8Array[];
}

/** The program with everything around it, and what it did. */
export class Terminal {
  stdout = '';
  stderr = '';
  /** Milliseconds; the test moves it. */
  time = 0;
  /** Calls of the recipes: name and first argument. */
  readonly calls: { name: string; options: unknown }[] = [];
  readonly exits: number[] = [];
  /** What was written to standard output as bytes. */
  readonly bytes: Uint8Array[] = [];
  readonly #listeners = new Set<(signal: StopSignal) => void>();
  readonly #world: World;

  constructor(world: World = {}) {
    this.#world = world;
  }

  /** Listeners for signals right now. */
  get listening(): number {
    return this.#listeners.size;
  }

  signal(signal: StopSignal): void {
    for (const listener of this.#listeners) listener(signal);
  }

  get environment(): Environment {
    const { columns = 80, isTTY = false, env = {}, cwd = process.cwd(), recipes = {} } = this.#world;
    return {
      stdout: { write: (text) => void (this.stdout += text), isTTY, columns },
      stderr: { write: (text) => void (this.stderr += text), isTTY, columns },
      env,
      cwd,
      now: () => this.time,
      recipes: () => Promise.resolve(this.#recorded(recipes)),
      bytes: () => ({
        input: play(this.#world.input ?? []),
        write: (bytes) => Promise.resolve(void this.bytes.push(bytes)),
        isTTY,
      }),
      onSignal: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      exit: (code) => void this.exits.push(code),
    };
  }

  run(...words: string[]): Promise<number> {
    return run(words, this.environment);
  }

  #recorded(fakes: Partial<Fakes>): Recipes {
    const call = (name: keyof Fakes, options: unknown): never => {
      this.calls.push({ name, options });
      const fake = fakes[name] as ((options: unknown) => never) | undefined;
      if (fake === undefined) throw new Error(`the test expected no call of ${name}`);
      return fake(options);
    };
    const of = <Name>(names: Readonly<Record<string, Name>>, kind: string): Name => {
      const name = names[kind];
      if (name === undefined) throw new Error(`the test knows no kind ${kind}`);
      return name;
    };
    return {
      fitKind: (kind, options) => call(of(fits, kind), options),
      compareKind: (kind, options) => call(of(compares, kind), options),
      compareAllKind: (kind, options) => call('compareAll', { kind, ...options }),
      resumeRun: (options) => call('resumeRun', options),
      kindOfModel: (model) => call('kindOfModel', model),
      renderKind: (kind, request) => call('renderKind', { kind, ...request }),
      inspectPath: (request) => call('inspectPath', request),
      diagnose: () => call('diagnose', undefined),
    };
  }
}

const fits = { image: 'fitImage', mesh: 'fitMesh', scene: 'fitScene' } as const;
const compares = { image: 'compare', mesh: 'compareMesh', scene: 'compareScene' } as const;

type Run<Event> = (options: RunOptions) => AsyncIterable<Event>;
interface RunOptions {
  readonly input: string;
  readonly out?: string;
  readonly signal?: AbortSignal;
}

/** What a test puts in place of the recipes: fits and comparisons by their kind. */
export interface Fakes extends Omit<Recipes, 'fitKind' | 'compareKind' | 'compareAllKind' | 'renderKind'> {
  readonly fitImage: Run<FitImageEvent>;
  readonly fitMesh: Run<FitMeshEvent>;
  readonly fitScene: Run<FitSceneEvent>;
  readonly compare: Run<CompareEvent>;
  readonly compareMesh: Run<CompareMeshEvent>;
  readonly compareScene: Run<CompareSceneEvent>;
  readonly compareAll: (options: CampaignPlaces & { readonly kind: string }) => AsyncIterable<CampaignEvent>;
  readonly renderKind: (request: Request & { readonly kind: string }) => Promise<Rendered>;
}

/** The lines of a text, without the last line break. */
export const linesOf = (text: string): string[] => text.replace(/\n$/, '').split('\n');

/** What a terminal shows of a stream on which lines are redrawn: every state of every line. */
export const drawnLines = (text: string): string[] =>
  text.split(new RegExp(`[\\r\\n]|${String.fromCharCode(27)}\\[[0-9;]*[A-Za-z]`));

const seconds = { total: 9, train: 6, select: 1, evaluate: 2 };
const input = {
  file: '/p/photo.png',
  width: 8,
  height: 6,
  channels: 3,
  originalWidth: 80,
  originalHeight: 60,
};
const model = { kind: 'siren', parameters: 10, macsPerSample: 9, settings: {} };
const machine = { cpu: 'test', cores: 2, node: '20.19.0', date: '2026-01-01T00:00:00.000Z' };

export function history(): HistoryEntry {
  return { step: 2, seconds: 7, psnr: 31.25, psnrImagePeak: 31, ssim: 0.9, loss: 0.01, ratio: 0.5 };
}

export function metrics(strategy = 'evos'): ImageMetrics {
  return {
    kind: 'image',
    version: '0.0.0',
    input,
    strategy,
    steps: 2,
    seed: 3407,
    device: 'cpu',
    workers: 2,
    microBatch: 0,
    machine,
    model,
    settings: imageSettings.fit({}),
    seconds,
    samples: 48,
    evaluations: 1,
    psnr: 31.254,
    psnrImagePeak: 31,
    ssim: 0.91234,
    ssimOfficial: 0.9,
    bytes: { model: 4_800_000, modelHalf: 2_400_000, raw: 14_400, png: 999 },
    history: [history()],
  };
}

/** The events of a run of `steps` steps in the folder `out`. */
export function fitEvents(out: string, steps = 2): FitImageEvent[] {
  const timings = { train: 1, select: 0.1, evaluate: 0.2 };
  const start: FitImageEvent = {
    type: 'start',
    kind: 'image',
    input,
    model,
    settings: imageSettings.fit({ steps }),
    device: 'cpu',
    deviceReason: 'no GPU',
    workers: 2,
    microBatch: 0,
    out,
    resumedFrom: 0,
    notes: ['trained at a smaller size'],
  };
  const during = Array.from({ length: steps }, (_, i): FitImageEvent[] => {
    const common = { step: i + 1, steps, loss: 0.0123, ratio: 0.5, seconds: timings };
    const indices = Uint32Array.of(1, 2, 3);
    return [
      { type: 'step', ...common, samples: 3, wants: [], awaited: false, whole: false, indices },
      { type: 'measure', ...common, metrics: { psnr: 30 + i, ssim: 0.9 } },
    ];
  }).flat();
  return [
    start,
    ...during,
    { type: 'checkpoint', step: steps, file: path.join(out, 'checkpoint.safetensors') },
    { type: 'end', reason: 'finished', step: steps, steps, seconds: timings },
    {
      type: 'result',
      metrics: metrics(),
      out,
      files: ['model.onnx', 'metrics.json', 'report.html'].map((name) => path.join(out, name)),
    },
  ];
}

const meshInput: MeshMetrics['input'] = {
  file: '/p/bunny.obj',
  vertices: 35_947,
  triangles: 69_451,
  watertight: false,
  warnings: ['223 edges at the rims of holes'],
  frame: { center: [0, 0.1, 0], scale: 11.5 },
  sign: 'winding',
  signReason: 'winding number, since the mesh has 223 open edges',
};

export function meshMetrics(): MeshMetrics {
  const { version, strategy, steps, seed, device, workers, microBatch, samples, evaluations } = metrics();
  return {
    version,
    strategy,
    steps,
    seed,
    device,
    workers,
    microBatch,
    samples,
    evaluations,
    machine,
    model,
    seconds,
    kind: 'mesh',
    input: meshInput,
    settings: meshSettings.fit({}),
    vertices: 181_204,
    triangles: 362_404,
    iou: 0.99713,
    iouNear: 0.98264,
    chamferL1: 0.000423,
    chamferL2: 4.2e-7,
    normalConsistency: 0.98512,
    history: [{ step: 2, seconds: 7, iou: 0.9966, iouNear: 0.98, loss: 0.01, ratio: 0.1 }],
  };
}

/** The events of a mesh run of `steps` steps in the folder `out`. */
export function meshEvents(out: string, steps = 2): FitMeshEvent[] {
  const shared = fitEvents(out, steps).filter(
    ({ type }) => type === 'step' || type === 'checkpoint' || type === 'end',
  );
  const start: FitMeshEvent = {
    type: 'start',
    kind: 'mesh',
    input: meshInput,
    model: { ...model, kind: 'hash-grid' },
    settings: meshSettings.fit({ steps }),
    device: 'cpu',
    deviceReason: '',
    workers: 2,
    microBatch: 0,
    out,
    resumedFrom: 0,
    notes: meshInput.warnings,
  };
  const during = shared.flatMap((event): FitMeshEvent[] => {
    if (event.type !== 'step') return [event as FitMeshEvent];
    const { step, loss, ratio, seconds } = event;
    const figures = { iou: 1 - 0.01 / step, iouNear: 1 - 0.06 / step };
    return [event, { type: 'measure', step, steps, loss, ratio, seconds, metrics: figures }];
  });
  const finish = (['extract', 'measure', 'preview'] as const).flatMap((task) =>
    [0, 0.437, 1].map((share): FitMeshEvent => ({ type: 'finish', task, share })),
  );
  const files = ['model.onnx', 'mesh.glb', 'metrics.json', 'report.html'].map((name) => path.join(out, name));
  return [start, ...during, ...finish, { type: 'result', metrics: meshMetrics(), out, files }];
}

const sceneInput: SceneInfo = {
  file: '/p/fox',
  format: 'transforms',
  photographs: { listed: 51, found: 50, train: 43, test: 7, heldOutBy: 'one in 8, by name', masked: 0 },
  sizes: { '270×480': 50 },
  rays: 43 * 270 * 480,
  unbounded: true,
  bounds: { min: [-1, -1, -1], max: [1, 1, 1] },
  extent: 'the box that the file states',
  space: { centre: [0, 0, 0], half: 1, contracted: true, near: 0.1, far: 9 },
  background: [0, 0, 0],
  warnings: ['1 photograph of 51 is missing: 0042.jpg'],
};

const sceneViews = [
  { name: 'images/0001.jpg', psnr: 22.125, ssim: 0.75 },
  { name: 'images/0009.jpg', psnr: 24.375, ssim: null },
];

export function sceneMetrics(): SceneMetrics {
  const { version, strategy, steps, seed, device, workers, microBatch, samples } = metrics('uniform');
  return {
    ...{ version, strategy, steps, seed, device, workers, microBatch, samples, machine, model, seconds },
    kind: 'scene',
    input: sceneInput,
    settings: sceneSettings.fit({}),
    evaluations: 0,
    psnr: 23.25,
    ssim: 0.75,
    views: sceneViews,
    history: [{ step: 2, seconds: 7, psnr: 23.5, loss: 0.01, ratio: 0.001 }],
  };
}

/** The events of a scene's run of `steps` steps in the folder `out`. */
export function sceneEvents(out: string, steps = 2): FitSceneEvent[] {
  const start: FitSceneEvent = {
    type: 'start',
    kind: 'scene',
    input: sceneInput,
    model: { ...model, kind: 'radiance-field' },
    settings: sceneSettings.fit({ steps }),
    device: 'cpu',
    deviceReason: '',
    workers: 2,
    microBatch: 0,
    out,
    resumedFrom: 0,
    notes: sceneInput.warnings,
  };
  const during = fitEvents(out, steps).flatMap((event): FitSceneEvent[] => {
    if (event.type === 'measure') return [{ ...event, metrics: { psnr: 20 + event.step } }];
    return event.type === 'start' || event.type === 'result' ? [] : [event];
  });
  const finish = (['render', 'turntable'] as const).flatMap((task) =>
    [0, 0.437, 1].map((share): FitSceneEvent => ({ type: 'finish', task, share })),
  );
  const views = sceneViews.map((view, index): FitSceneEvent => ({ type: 'view', ...view, index, count: 2 }));
  const renders = ['0.png', '0-depth.png'].map((name) => path.join('renders', name));
  const files = [...renders, 'model.onnx', 'turntable.webp', 'metrics.json'].map((name) =>
    path.join(out, name),
  );
  return [start, ...during, ...finish, ...views, { type: 'result', metrics: sceneMetrics(), out, files }];
}

/** The events of a run that was stopped after a step. */
export function abortedEvents(out: string): FitImageEvent[] {
  const timings = { train: 1, select: 0.1, evaluate: 0.2 };
  return [
    { type: 'checkpoint', step: 1, file: path.join(out, 'checkpoint.safetensors') },
    { type: 'end', reason: 'aborted', step: 1, steps: 2, seconds: timings },
  ];
}

export async function* play<Event>(events: readonly Event[]): AsyncGenerator<Event, void, undefined> {
  for (const event of events) yield await Promise.resolve(event);
}

export function compareRow(strategy: string, row: Partial<CompareRow> = {}): CompareRow {
  return {
    strategy,
    folder: strategy,
    seconds,
    timeRatio: 1,
    psnr: 31.254,
    psnrImagePeak: 31,
    ssim: 0.91234,
    secondsToBaseline: 7,
    speedUp: 1,
    samples: 48,
    history: [history()],
    ...row,
  };
}

export function compareReport(rows: readonly CompareRow[]): CompareReport {
  return {
    kind: 'image-comparison',
    version: '0.0.0',
    input,
    baseline: rows[0]?.strategy ?? '',
    seed: 3407,
    device: 'cpu',
    workers: 2,
    machine,
    settings: imageSettings.compare({}),
    rows,
  };
}

export function meshCompareRow(strategy: string, row: Partial<CompareMeshRow> = {}): CompareMeshRow {
  const { iou, iouNear, chamferL1, chamferL2, normalConsistency, history: entries } = meshMetrics();
  const { folder, timeRatio, secondsToBaseline, speedUp, samples } = compareRow(strategy);
  const shared = { strategy, folder, seconds, timeRatio, secondsToBaseline, speedUp, samples };
  return { ...shared, iou, iouNear, chamferL1, chamferL2, normalConsistency, history: entries, ...row };
}

export function meshCompareReport(rows: readonly CompareMeshRow[]): CompareMeshReport {
  return {
    ...compareReport([]),
    kind: 'mesh-comparison',
    input: meshInput,
    baseline: rows[0]?.strategy ?? '',
    settings: meshSettings.compare({}),
    rows,
  };
}

export function sceneCompareRow(strategy: string, row: Partial<CompareSceneRow> = {}): CompareSceneRow {
  const { psnr, ssim, history: entries } = sceneMetrics();
  const { folder, timeRatio, secondsToBaseline, speedUp, samples } = compareRow(strategy);
  const shared = { strategy, folder, seconds, timeRatio, secondsToBaseline, speedUp, samples };
  return { ...shared, psnr, ssim, history: entries, ...row };
}

export function sceneCompareReport(rows: readonly CompareSceneRow[]): CompareSceneReport {
  return {
    ...compareReport([]),
    kind: 'scene-comparison',
    input: sceneInput,
    baseline: rows[0]?.strategy ?? '',
    settings: sceneSettings.compare({}),
    rows,
  };
}

export function diagnosis(available: boolean): Diagnosis {
  return {
    node: { version: '20.19.0', ok: true },
    cores: 2,
    memoryGB: 7.5,
    packages: [{ name: 'onnxruntime-node', version: '1.30.0' }],
    devices: [
      { name: 'cpu', available, detail: available ? '2 workers' : 'the engine does not load' },
      {
        name: 'cuda',
        available: false,
        detail: 'no library',
        hint: 'npm install --save-optional the-library',
      },
    ],
  };
}
