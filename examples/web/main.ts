// The page: what is chosen goes to the worker, and what the worker says is written down. It draws nothing large: its thread is never
// busy for long.
import './style.css';
import { strategies } from 'evos';
import { Curve } from './curve.js';
import { pictureViews, type Choices, type FromWorker, type Progress, type ToWorker } from './messages.js';

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
for (const name of ['strategy', 'backbone', 'seed', 'steps']) {
  const value = query.get(name);
  if (value !== null) field(name).value = value;
}
if (query.has('ratio')) field('ratio').value = String(Math.log10(Number(query.get('ratio'))));

function choices(): Choices {
  const width = Number(query.get('width'));
  return {
    strategy: field('strategy').value,
    backbone: field('backbone').value as Choices['backbone'],
    ratio: Math.min(1, 10 ** Number(field('ratio').value)),
    seed: Math.max(0, Math.floor(Number(field('seed').value) || 0)),
    steps: Math.max(1, Math.floor(Number(field('steps').value) || 1)),
    mostPixels: Math.max(8, Math.min(4096, Number(query.get('size') ?? 512) || 512)),
    ...(width > 0 ? { width } : {}),
  };
}

// --- what is seen

/** Milliseconds between two changes of text and curve, which nobody reads any faster. */
const readable = 100;
const status = byId('status');
const curve = new Curve(byId('curve'), 'PSNR in dB');
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
  const { step, steps, seconds, psnr, errorScale } = waiting;
  waiting = undefined;
  written = performance.now();
  byId('errorScale').textContent = errorScale.toPrecision(2);
  // A task of its own: layout and curve need not be one.
  setTimeout(() => curve.add(seconds, psnr));
  const rate = seconds > 0 ? `, ${(step / seconds).toFixed(0)} steps a second` : '';
  status.textContent =
    `step ${step} of ${steps}: PSNR ${psnr.toFixed(2)} dB after ${seconds.toFixed(1)} s${rate}; ` + what;
}

function fail(message: string): void {
  byId('trouble').textContent = message;
}

worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
  if (data.type === 'progress') hear(data);
  else if (data.type === 'began') began(data.what);
  else if (data.type === 'ended') {
    performance.mark('ended');
    byId<HTMLButtonElement>('pause').disabled = true;
  } else if (data.type === 'model') save(data.bytes);
  else fail(data.message);
});
worker.addEventListener('error', ({ message }) => fail(message));

// --- what is done

/** What is learnt, and what is to be once the worker has read it: a file that it cannot read changes nothing. */
let learnt: File | undefined;
let opened: File | undefined;

function start(file: File | undefined): void {
  opened = file;
  setPaused(false);
  tell({ type: 'start', file, choices: choices() });
}

function began(size: string): void {
  // For whoever measures this thread while it trains.
  performance.mark('began');
  learnt = opened;
  what = size;
  waiting = undefined;
  curve.clear();
  fail('');
  for (const id of ['pause', 'download']) byId<HTMLButtonElement>(id).disabled = false;
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

function save(bytes: Uint8Array<ArrayBuffer>): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
  link.download = 'model.onnx';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

byId('pause').addEventListener('click', () => setPaused(!paused));
byId('restart').addEventListener('click', () => start(learnt));
byId('download').addEventListener('click', () => tell({ type: 'export' }));
byId<HTMLInputElement>('file').addEventListener('change', ({ target }) => {
  const input = target as HTMLInputElement;
  const file = input.files?.[0];
  // The same file may be chosen again.
  input.value = '';
  if (file !== undefined) start(file);
});
controls.addEventListener('submit', (event) => event.preventDefault());
controls.addEventListener('input', showShare);
controls.addEventListener('change', ({ target }) => {
  const { name } = target as HTMLInputElement;
  // A network or a seed is another training; strategy and ratio change on the way.
  if (['backbone', 'seed', 'steps'].includes(name)) start(learnt);
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
  const file = event.dataTransfer?.files[0];
  if (file !== undefined) start(file);
});

showShare();
const canvases = pictureViews.map((name) => [
  name,
  byId<HTMLCanvasElement>(name).transferControlToOffscreen(),
]);
const views = Object.fromEntries(canvases) as Record<(typeof pictureViews)[number], OffscreenCanvas>;
tell({ type: 'views', views }, Object.values(views));
start(undefined);
