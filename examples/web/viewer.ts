// The page's part of the viewer: it turns the camera, and tells the worker that draws.
import { PerspectiveCamera } from 'three';
import { OrbitControls } from 'three/examples/jsm/controls/OrbitControls.js';
import type { FromWorker, MeshViews, PageToViewer } from './messages.js';

/** Where the camera begins: the cube's corner towards it, a little from above. */
const begin = [1.6, 1.2, 3.2] as const;

/**
 * Starts the worker that shows meshes.
 * @param place what is dragged to turn the camera
 * @param views the canvases, all of the first one's size
 * @returns for the training, which tells the viewer what to show
 */
export function startViewer(
  place: HTMLElement,
  views: Readonly<Record<keyof MeshViews, HTMLCanvasElement>>,
  fail: (message: string) => void,
): MessagePort {
  const worker = new Worker(new URL('./viewer.worker.ts', import.meta.url), { type: 'module' });
  const tell = (message: PageToViewer, transfer: Transferable[] = []): void =>
    worker.postMessage(message, transfer);
  worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
    if (data.type === 'failed') fail(data.message);
  });
  worker.addEventListener('error', ({ message }) => fail(message));

  const { port1, port2 } = new MessageChannel();
  const drawnOn: MeshViews = {
    original: views.original.transferControlToOffscreen(),
    surface: views.surface.transferControlToOffscreen(),
    samples: views.samples.transferControlToOffscreen(),
  };
  tell({ type: 'views', views: drawnOn, port: port1 }, [...Object.values(drawnOn), port1]);

  const camera = new PerspectiveCamera();
  camera.position.set(...begin);
  const controls = new OrbitControls(camera, place);
  Object.assign(controls, { enablePan: false, minDistance: 0.5, maxDistance: 20 });
  // Fingers that go up or down scroll the page: on a narrow one the views fill it.
  place.style.touchAction = 'pan-y';
  const turned = (): void => {
    const { position, quaternion } = camera;
    tell({ type: 'camera', position: position.toArray(), quaternion: quaternion.toArray() });
  };
  controls.addEventListener('change', turned);
  controls.update();
  turned();

  new ResizeObserver(() => {
    const { clientWidth: width, clientHeight: height } = views.original;
    if (width > 0 && height > 0) tell({ type: 'size', width, height, ratio: Math.min(2, devicePixelRatio) });
  }).observe(views.original);
  return port2;
}
