// What page and workers tell one another. Nothing large passes the page's thread: files go to the worker as they were dropped, and
// what is to be seen is drawn in workers.

export type Kind = 'picture' | 'mesh';

/** What is to be learnt: a file, or the example of its kind. */
export interface Wanted {
  readonly kind: Kind;
  readonly file: File | undefined;
}

/** What the user chooses. */
export interface Choices {
  readonly strategy: string;
  readonly backbone: 'siren' | 'hash-grid';
  /** Share of the samples in a step, 0 < ratio ≤ 1. */
  readonly ratio: number;
  readonly seed: number;
  readonly steps: number;
  /** Width of the network's layers; the network's own where it is left out. */
  readonly width?: number;
  /** Longest side of what is trained on, in pixels. */
  readonly mostPixels: number;
  /** Points in and around a mesh that are trained on. */
  readonly samples: number;
  /** Cells along the cube's side, of the surface that is shown. */
  readonly resolution: number;
}

/** What a picture's training draws. */
export const pictureViews = ['picture', 'reconstruction', 'error', 'selection'] as const;
export type PictureViews = Readonly<Record<(typeof pictureViews)[number], OffscreenCanvas>>;

/** What a mesh's viewer draws. */
export const meshViews = ['original', 'surface', 'samples'] as const;
export type MeshViews = Readonly<Record<(typeof meshViews)[number], OffscreenCanvas>>;

/** What can be downloaded. */
export type FileName = 'model.onnx' | 'mesh.glb';

export type ToWorker =
  /** Once, before anything else: the page's canvases are the worker's from then on. */
  | { readonly type: 'views'; readonly views: PictureViews }
  /** Once, before the first mesh: leads to the viewer. */
  | { readonly type: 'viewer'; readonly port: MessagePort }
  | { readonly type: 'start'; readonly wanted: Wanted; readonly choices: Choices }
  /** Strategy and ratio change while training goes on. */
  | { readonly type: 'change'; readonly choices: Choices }
  | { readonly type: 'pause'; readonly paused: boolean }
  | { readonly type: 'export'; readonly name: FileName };

/** How far training is; what there is to see has been drawn. */
export interface Progress {
  readonly type: 'progress';
  readonly step: number;
  readonly steps: number;
  /** Of training alone. */
  readonly seconds: number;
  /** Of a picture the PSNR in dB; of a mesh the intersection over union near its surface, 0–1; NaN where it has no inside. */
  readonly quality: number;
  /** Of a picture: the error that is shown brightest. */
  readonly errorScale?: number;
}

/** Training of what was wanted has begun. */
export interface Began {
  readonly type: 'began';
  readonly kind: Kind;
  /** How large it is, for people. */
  readonly what: string;
  readonly notes: readonly string[];
}

export type FromWorker =
  | Began
  | Progress
  | { readonly type: 'ended' }
  | { readonly type: 'file'; readonly name: FileName; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: 'failed'; readonly message: string };

/** Triangles in the network's cube. */
export interface Shape {
  readonly positions: Float32Array<ArrayBuffer>;
  readonly triangles: Uint32Array<ArrayBuffer>;
}

/** From the page. */
export type PageToViewer =
  | { readonly type: 'views'; readonly views: MeshViews; readonly port: MessagePort }
  | { readonly type: 'size'; readonly width: number; readonly height: number; readonly ratio: number }
  | { readonly type: 'camera'; readonly position: readonly number[]; readonly quaternion: readonly number[] };

/** From the training. */
export type TrainingToViewer =
  | { readonly type: 'original'; readonly shape: Shape }
  | { readonly type: 'surface'; readonly shape: Shape }
  | { readonly type: 'samples'; readonly positions: Float32Array<ArrayBuffer> }
  /** `[N]`: how brightly each sample glows, 0–255. */
  | { readonly type: 'glow'; readonly glow: Uint8Array<ArrayBuffer> };
