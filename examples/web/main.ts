// The page: what is chosen goes to the worker, and what the worker says is written down. It draws nothing large: its thread is never
// busy for long.
import './style.css';
import { strategies } from 'evos';
import { Curve } from './curve.js';
import {
  pictureViews,
  type Began,
  type Choices,
  type FileName,
  type FromWorker,
  type Kind,
  type Progress,
  type ToWorker,
  type Wanted,
} from './messages.js';
import { startViewer } from './viewer.js';

const byId = <Of extends HTMLElement>(id: string): Of => document.getElementById(id) as Of;
const worker = new Worker(new URL('./training.worker.ts', import.meta.url), { type: 'module' });
const tell = (message: ToWorker, transfer: Transferable[] = []): void =>
  worker.postMessage(message, transfer);

/** Strategies that need nothing but errors of single samples. */
const offered = strategies().filter(({ needs }) =>
  needs.every((need) => ['errors', 'absolute', 'score', 'steps'].includes(need)),
);

const query = new URLSearchParams(location.search);
const controls = byId<HTMLFormElement>('controls');
const field = (name: string): HTMLInputElement & HTMLSelectElement =>
  controls.elements.namedItem(name) as HTMLInputElement & HTMLSelectElement;
for (const { name } of offered)
  field('strategy').add(new Option(name, name, name === 'evos-online', name === 'evos-online'));
for (const name of ['example', 'strategy', 'backbone', 'seed', 'steps']) {
  const value = query.get(name);
  if (value !== null) field(name).value = value;
}
if (query.has('ratio')) field('ratio').value = String(Math.log10(Number(query.get('ratio'))));

/** A whole number of the address, or what is usual. */
function asked(name: string, usual: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, Math.floor(Number(query.get(name) ?? usual) || usual)));
}

function choices(): Choices {
  const width = Number(query.get('width'));
  return {
    strategy: field('strategy').value,
    backbone: field('backbone').value as Choices['backbone'],
    ratio: Math.min(1, 10 ** Number(field('ratio').value)),
    seed: Math.max(0, Math.floor(Number(field('seed').value) || 0)),
    steps: Math.max(1, Math.floor(Number(field('steps').value) || 1)),
    mostPixels: asked('size', 512, 8, 4096),
    samples: asked('samples', 2 ** 17, 64, 2 ** 22),
    resolution: asked('resolution', 64, 8, 256),
    ...(width > 0 ? { width } : {}),
  };
}

// --- what is seen

/** Milliseconds between two changes of text and curve, which nobody reads any faster. */
const readable = 100;
const status = byId('status');
const curve = new Curve(byId('curve'));
let kind: Kind = 'picture';
let what = '';
let paused = false;

/** The newest of what the worker said that is not written yet. */
let waiting: Progress | undefined;
let written = 0;
function hear(progress: Progress): void {
  if (waiting === undefined) {
    const due = Math.max(0, written + readable - performance.now());
    setTimeout(() => requestAnimationFrame(write), due);
  }
  waiting = progress;
}

function write(): void {
  if (waiting === undefined) return;
  const { step, steps, seconds, quality, errorScale } = waiting;
  waiting = undefined;
  written = performance.now();
  if (errorScale !== undefined) byId('errorScale').textContent = errorScale.toPrecision(2);
  // A task of its own: layout and curve need not be one.
  if (!Number.isNaN(quality)) setTimeout(() => curve.add(seconds, quality));
  const rate = seconds > 0 ? `, ${(step / seconds).toFixed(0)} steps a second` : '';
  const good = kind === 'mesh' ? inside(quality) : `PSNR ${quality.toFixed(2)} dB`;
  status.textContent = `step ${step} of ${steps}: ${good} after ${seconds.toFixed(1)} s${rate}; ${what}`;
}

const inside = (iou: number): string =>
  Number.isNaN(iou) ? 'a surface without an inside,' : `IoU ${iou.toFixed(3)} near the surface,`;

function fail(message: string): void {
  byId('trouble').textContent = message;
}

worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
  if (data.type === 'progress') hear(data);
  else if (data.type === 'began') began(data);
  else if (data.type === 'ended') {
    performance.mark('ended');
    byId<HTMLButtonElement>('pause').disabled = true;
  } else if (data.type === 'file') save(data.name, data.bytes);
  else fail(data.message);
});
worker.addEventListener('error', ({ message }) => fail(message));

// --- what is done

/** What is learnt, and what is to be once the worker has read it: a file that it cannot read changes nothing. */
let learnt: Wanted = { kind: 'picture', file: undefined };
let opened = learnt;
/** Whether the viewer of meshes is there: its worker is started with the first of them. */
let viewing = false;
/** Why meshes cannot be shown, if so. */
let unseen = '';

function start(wanted: Wanted): void {
  if (wanted.kind === 'mesh' && !viewing) {
    const canvas = (id: string): HTMLCanvasElement => byId<HTMLCanvasElement>(id);
    const own = { original: canvas('original'), surface: canvas('surface'), samples: canvas('samples') };
    const port = startViewer(byId('meshes'), own, (message) => fail((unseen = message)));
    tell({ type: 'viewer', port }, [port]);
    viewing = true;
  }
  opened = wanted;
  setPaused(false);
  tell({ type: 'start', wanted, choices: choices() });
}

/** What is chosen among the examples, or the file that was dropped last. */
let dropped: Wanted | undefined;
function startChosen(): void {
  const chosen = field('example').value;
  if (chosen !== 'file') start({ kind: chosen === 'picture' ? 'picture' : 'mesh', file: undefined });
  else if (dropped !== undefined) start(dropped);
}

function open(file: File | undefined): void {
  if (file === undefined) return;
  start({ kind: /\.(obj|ply|stl|glb|gltf)$/i.test(file.name) ? 'mesh' : 'picture', file });
}

function began({ kind: of, what: size, notes }: Began): void {
  // For whoever measures this thread while it trains.
  performance.mark('began');
  learnt = opened;
  if (learnt.file !== undefined) {
    dropped = learnt;
    const option = field('example').querySelector<HTMLOptionElement>('[value=file]');
    if (option !== null) Object.assign(option, { hidden: false, disabled: false });
    field('example').value = 'file';
  }
  kind = of;
  what = size;
  waiting = undefined;
  curve.clear(kind === 'mesh' ? 'IoU near the surface' : 'PSNR in dB');
  fail(kind === 'mesh' ? unseen : '');
  byId('notes').textContent = notes.map((note) => `${note}.`).join(' ');
  byId('pictures').hidden = kind !== 'picture';
  for (const id of ['meshes', 'downloadMesh']) byId(id).hidden = kind !== 'mesh';
  for (const id of ['pause', 'download', 'downloadMesh']) byId<HTMLButtonElement>(id).disabled = false;
}

function setPaused(value: boolean): void {
  paused = value;
  byId('pause').textContent = paused ? 'Go on' : 'Pause';
  tell({ type: 'pause', paused });
}

function showShare(): void {
  const { ratio } = choices();
  byId('share').textContent = `${(100 * ratio).toPrecision(2)} %`;
}

function save(name: FileName, bytes: Uint8Array<ArrayBuffer>): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

byId('pause').addEventListener('click', () => setPaused(!paused));
byId('restart').addEventListener('click', () => start(learnt));
byId('download').addEventListener('click', () => tell({ type: 'export', name: 'model.onnx' }));
byId('downloadMesh').addEventListener('click', () => tell({ type: 'export', name: 'mesh.glb' }));
byId<HTMLInputElement>('file').addEventListener('change', ({ target }) => {
  const input = target as HTMLInputElement;
  const file = input.files?.[0];
  // The same file may be chosen again.
  input.value = '';
  open(file);
});
controls.addEventListener('submit', (event) => event.preventDefault());
controls.addEventListener('input', showShare);
controls.addEventListener('change', ({ target }) => {
  const { name } = target as HTMLInputElement;
  // A network or a seed is another training; strategy and ratio change on the way.
  if (name === 'example') startChosen();
  else if (['backbone', 'seed', 'steps'].includes(name)) start(learnt);
  else tell({ type: 'change', choices: choices() });
});
addEventListener('dragover', (event) => {
  event.preventDefault();
  document.body.classList.add('over');
});
addEventListener('dragleave', () => document.body.classList.remove('over'));
addEventListener('drop', (event) => {
  event.preventDefault();
  document.body.classList.remove('over');
  open(event.dataTransfer?.files[0]);
});

showShare();
const canvases = pictureViews.map((name) => [
  name,
  byId<HTMLCanvasElement>(name).transferControlToOffscreen(),
]);
const views = Object.fromEntries(canvases) as Record<(typeof pictureViews)[number], OffscreenCanvas>;
tell({ type: 'views', views }, Object.values(views));
startChosen();
