// The page: what is chosen goes to the worker, what the worker has to show is drawn.
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import './style.css';
import { strategies } from 'evos';
import type { Choices, Frame, FromWorker, Pixels, ToWorker } from './messages.js';

const byId = <Of extends HTMLElement>(id: string): Of => document.getElementById(id) as Of;
const worker = new Worker(new URL('./training.worker.ts', import.meta.url), { type: 'module' });
const tell = (message: ToWorker): void => worker.postMessage(message);

/** Strategies that need nothing but errors of single pixels. */
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

/** Longest side of what is trained on, in pixels. */
const mostPixels = Math.max(8, Math.min(4096, Number(query.get('size') ?? 512) || 512));

function choices(): Choices {
  const width = Number(query.get('width'));
  return {
    strategy: field('strategy').value,
    backbone: field('backbone').value as Choices['backbone'],
    ratio: Math.min(1, 10 ** Number(field('ratio').value)),
    seed: Math.max(0, Math.floor(Number(field('seed').value) || 0)),
    steps: Math.max(1, Math.floor(Number(field('steps').value) || 1)),
    ...(width > 0 ? { width } : {}),
  };
}

// --- what is seen

const status = byId('status');
let picture: Pixels = example();
let parameters = 0;
let paused = false;

/** Seconds and PSNR of all frames. */
let curve: [number[], number[]] = [[], []];
const plot = new uPlot(
  {
    ...{ width: 600, height: 220, legend: { show: false }, cursor: { show: false } },
    scales: { x: { time: false } },
    axes: [{ label: 'seconds of training' }, { label: 'PSNR in dB' }],
    series: [{}, { stroke: '#c60', width: 2 }],
  },
  curve,
  byId('curve'),
);
const fitCurve = (): void => plot.setSize({ width: byId('curve').clientWidth, height: 220 });
addEventListener('resize', fitCurve);
fitCurve();

function draw(id: string, data: Uint8ClampedArray<ArrayBuffer>): void {
  const { width, height } = picture;
  const canvas = byId<HTMLCanvasElement>(id);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  canvas.getContext('2d')?.putImageData(new ImageData(data, width, height), 0, 0);
}

/** The newest frame: shown when the display is ready for it. */
let waiting: Frame | undefined;
function show(): void {
  const frame = waiting;
  waiting = undefined;
  if (frame === undefined || frame.reconstruction.length !== 4 * picture.width * picture.height) return;
  draw('reconstruction', frame.reconstruction);
  draw('error', frame.error);
  draw('selection', frame.selection);
  byId('errorScale').textContent = frame.errorScale.toPrecision(2);
  curve[0].push(frame.seconds);
  curve[1].push(frame.psnr);
  plot.setData(curve);
  const { step, steps, seconds, psnr } = frame;
  const rate = seconds > 0 ? `, ${(step / seconds).toFixed(0)} steps a second` : '';
  status.textContent =
    `step ${step} of ${steps}: PSNR ${psnr.toFixed(2)} dB after ${seconds.toFixed(1)} s${rate}; ` +
    `${parameters} numbers for ${picture.width}×${picture.height} pixels`;
}

worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
  if (data.type === 'frame') {
    if (waiting === undefined) requestAnimationFrame(show);
    waiting = data;
  } else if (data.type === 'began') {
    parameters = data.parameters;
    byId<HTMLButtonElement>('download').disabled = false;
  } else if (data.type === 'ended') {
    byId<HTMLButtonElement>('pause').disabled = true;
  } else if (data.type === 'model') save(data.bytes);
  else {
    status.className = 'failed';
    status.textContent = data.message;
  }
});
worker.addEventListener('error', ({ message }) => {
  status.className = 'failed';
  status.textContent = message;
});

// --- what is done

function start(): void {
  status.className = '';
  curve = [[], []];
  setPaused(false);
  byId<HTMLButtonElement>('pause').disabled = false;
  draw('picture', picture.data);
  tell({ type: 'start', picture, choices: choices() });
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

async function open(file: Blob | undefined): Promise<void> {
  if (file === undefined) return;
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, mostPixels / Math.max(bitmap.width, bitmap.height));
    const [width, height] = [bitmap.width, bitmap.height].map((side) =>
      Math.max(2, Math.round(side * scale)),
    );
    picture = drawn(width ?? 2, height ?? 2, (context) =>
      context.drawImage(bitmap, 0, 0, width ?? 2, height ?? 2),
    );
    start();
  } catch {
    status.className = 'failed';
    status.textContent =
      'this browser cannot read that file as a picture; expected PNG, JPEG, WebP, AVIF or GIF';
  }
}

function drawn(
  width: number,
  height: number,
  paint: (context: OffscreenCanvasRenderingContext2D) => void,
): Pixels {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('this browser gives no canvas');
  paint(context);
  return { width, height, data: new Uint8ClampedArray(context.getImageData(0, 0, width, height).data) };
}

/** A picture to begin with: soft and sharp, large and small. */
function example(): Pixels {
  const side = Math.min(256, mostPixels);
  return drawn(side, side, (context) => {
    const sky = context.createLinearGradient(0, 0, side, side);
    sky.addColorStop(0, '#124');
    sky.addColorStop(1, '#fb8');
    context.fillStyle = sky;
    context.fillRect(0, 0, side, side);
    for (let i = 0; i < 24; i++) {
      context.fillStyle = `hsl(${i * 40} 70% ${35 + (i % 5) * 10}%)`;
      const radius = side / (6 + (i % 7) * 4);
      const [x, y] = [(side * ((i * 37) % 100)) / 100, (side * ((i * 61) % 100)) / 100];
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.fill();
    }
    context.fillStyle = '#fff';
    context.font = `${side / 6}px serif`;
    context.fillText('evos', side / 3, side / 2);
  });
}

byId('pause').addEventListener('click', () => setPaused(!paused));
byId('restart').addEventListener('click', start);
byId('download').addEventListener('click', () => tell({ type: 'export' }));
byId<HTMLInputElement>('file').addEventListener(
  'change',
  ({ target }) => void open((target as HTMLInputElement).files?.[0]),
);
controls.addEventListener('submit', (event) => event.preventDefault());
controls.addEventListener('input', showShare);
controls.addEventListener('change', ({ target }) => {
  const { name } = target as HTMLInputElement;
  // A network or a seed is another training; strategy and ratio change on the way.
  if (['backbone', 'seed', 'steps'].includes(name)) start();
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
  void open(event.dataTransfer?.files[0]);
});

showShare();
start();
