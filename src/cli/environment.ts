// What the command line touches of the world outside: two streams, signals, a clock, and the recipes.
// All of it is handed in, so that tests drive the whole program without a terminal, a process or an engine.
import type { MeshFormat } from '../sdf/files/index.js';
import type {
  CompareEvent as CompareImageEvent,
  CompareMeshEvent,
  CompareMeshRow,
  CompareMeshSettingsInput,
  CompareRow,
  CompareSceneEvent,
  CompareSceneRow,
  CompareSceneSettingsInput,
  CompareSettingsInput,
  Diagnosis,
  FitImageEvent,
  FitImageSettingsInput,
  FitMeshEvent,
  FitMeshSettingsInput,
  FitSceneEvent,
  FitSceneSettingsInput,
  Inspection,
  InspectSceneOptions,
  SceneInspection,
  RenderedMesh,
  RenderedScene,
  RenderedSceneMesh,
} from '../recipes/index.js';

/** A stream of text and what is known about the terminal behind it. */
export interface Output {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Characters per line now; it changes when the window does. At least 20. */
  readonly columns: number;
}

/** Why a run is asked to stop: Ctrl-C, a request to end, or nobody reading standard output any more. */
export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGPIPE';

/** Exit codes as shells know them: 128 and the signal's number. */
export const stopCodes: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143, SIGPIPE: 141 };

/** What a fit of any kind yields. */
export type FitEvent = FitImageEvent | FitMeshEvent | FitSceneEvent;

/** A row of a comparison of any kind. */
export type AnyCompareRow = CompareRow | CompareMeshRow | CompareSceneRow;

/** What a comparison of any kind yields. */
export type CompareEvent = CompareImageEvent | CompareMeshEvent | CompareSceneEvent;

/** What every recipe that writes a run takes. */
interface RunOptions {
  input: string;
  out?: string;
  overwrite?: boolean;
  signal?: AbortSignal;
}

interface CompareOptions extends RunOptions {
  resume?: boolean;
}

interface ResumeOptions {
  folder: string;
  steps?: number;
  signal?: AbortSignal;
}

/** The recipes the commands call. Loaded on first use: `evos --help` must not wait for an engine. */
export interface Recipes {
  readonly fitImage: (options: FitImageSettingsInput & RunOptions) => AsyncIterable<FitImageEvent>;
  readonly resumeImage: (options: ResumeOptions) => AsyncIterable<FitImageEvent>;
  readonly fitMesh: (options: FitMeshSettingsInput & RunOptions) => AsyncIterable<FitMeshEvent>;
  readonly resumeMesh: (options: ResumeOptions) => AsyncIterable<FitMeshEvent>;
  readonly fitScene: (options: FitSceneSettingsInput & RunOptions) => AsyncIterable<FitSceneEvent>;
  readonly resumeScene: (options: ResumeOptions) => AsyncIterable<FitSceneEvent>;
  readonly compareScene: (
    options: CompareSceneSettingsInput & CompareOptions,
  ) => AsyncIterable<CompareSceneEvent>;
  readonly compare: (options: CompareSettingsInput & CompareOptions) => AsyncIterable<CompareImageEvent>;
  readonly compareMesh: (
    options: CompareMeshSettingsInput & CompareOptions,
  ) => AsyncIterable<CompareMeshEvent>;
  readonly renderModel: (options: {
    model: string;
    width?: number;
    height?: number;
    scale?: number;
    out: string;
  }) => Promise<{ file: string; width: number; height: number; seconds: number }>;
  readonly renderMeshModel: (options: {
    model: string;
    resolution?: number;
    out?: string;
    format?: MeshFormat;
    signal?: AbortSignal;
    onProgress?: (share: number) => void;
  }) => Promise<RenderedMesh>;
  readonly renderSceneModel: (options: {
    model: string;
    camera?: string;
    width?: number;
    height?: number;
    out?: string;
    signal?: AbortSignal;
    onProgress?: (share: number) => void;
  }) => Promise<RenderedScene>;
  readonly renderSceneMesh: (options: {
    model: string;
    resolution?: number;
    out?: string;
    format?: MeshFormat;
    signal?: AbortSignal;
    onProgress?: (share: number) => void;
  }) => Promise<RenderedSceneMesh>;
  /** What a model or the folder of a run holds: `image`, `mesh`, `scene` or `unknown`. */
  readonly modelKind: (path: string) => Promise<string>;
  readonly looksLikeScene: (path: string) => Promise<boolean>;
  readonly inspectScene: (options: InspectSceneOptions) => Promise<SceneInspection>;
  readonly inspectModel: (path: string) => Promise<Inspection>;
  readonly diagnose: () => Promise<Diagnosis>;
}

/** Everything outside the program. */
export interface Environment {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Environment variables: NO_COLOR, TERM and EVOS_DEBUG are read. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where configuration is looked for and relative paths start. */
  readonly cwd: string;
  /** Milliseconds on a clock that only goes forward. */
  now(): number;
  recipes(): Promise<Recipes>;
  /** Calls back on each signal until the returned function is called. */
  onSignal(listener: (signal: StopSignal) => void): () => void;
  /** Ends the program at once, without cleaning up. */
  exit(code: number): void;
}
