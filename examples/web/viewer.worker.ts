// The viewer of meshes, in a thread of its own: three draws here, and the page only says where the camera is.
import {
  AdditiveBlending,
  BufferAttribute,
  BufferGeometry,
  DirectionalLight,
  HemisphereLight,
  Mesh,
  MeshStandardMaterial,
  PerspectiveCamera,
  Points,
  PointsMaterial,
  Scene,
  WebGLRenderer,
  type Object3D,
} from 'three';
import { toCreasedNormals } from 'three/examples/jsm/utils/BufferGeometryUtils.js';
import {
  meshViews,
  type FromWorker,
  type PageToViewer,
  type Shape,
  type TrainingToViewer,
} from './messages.js';

/** This worker's own end: the types at hand are those of a page. */
const page = self as unknown as Pick<Worker, 'postMessage' | 'addEventListener'>;

/** What samples glow in, and what is left where they do not. */
const ember = [255, 190, 60] as const;
const dimmest = 0.07;
/** Corners of a mesh whose edges are kept sharp: of more, nobody sees single ones. */
const mostCreased = 200_000;

const camera = new PerspectiveCamera(35, 1, 0.01, 100);
const light = new DirectionalLight(0xffffff, 2.2);
light.position.set(-1, 1.5, 2);
camera.add(light);

/** One canvas with what is on it. */
class View {
  readonly #renderer: WebGLRenderer;
  readonly #scene = new Scene();
  #shown: (Object3D & { readonly geometry: BufferGeometry }) | undefined;

  constructor(canvas: OffscreenCanvas) {
    this.#renderer = new WebGLRenderer({ canvas, antialias: true, alpha: true });
    this.#scene.add(new HemisphereLight(0xffffff, 0x555566, 1.2));
  }

  show(object: Object3D & { readonly geometry: BufferGeometry }): void {
    this.clear();
    this.#shown = object;
    this.#scene.add(object);
  }

  clear(): void {
    if (this.#shown === undefined) return;
    this.#scene.remove(this.#shown);
    this.#shown.geometry.dispose();
    this.#shown = undefined;
  }

  resize(width: number, height: number, ratio: number): void {
    this.#renderer.setPixelRatio(ratio);
    this.#renderer.setSize(width, height, false);
  }

  draw(): void {
    // The light goes with the camera, from scene to scene.
    this.#scene.add(camera);
    this.#renderer.render(this.#scene, camera);
  }
}

let views: Readonly<Record<(typeof meshViews)[number], View>> | undefined;
let asked = false;

/** Draws at the display's next frame, however many changes there are until then. */
function draw(): void {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    if (views !== undefined) for (const name of meshViews) views[name].draw();
  });
}

const stone = new MeshStandardMaterial({ color: 0xb9b4ac, roughness: 0.65, metalness: 0 });
const learnt = new MeshStandardMaterial({ color: 0xd9a066, roughness: 0.6, metalness: 0 });
const sparks = new PointsMaterial({
  ...{ size: 0.014, vertexColors: true, transparent: true, opacity: 0.7 },
  ...{ blending: AdditiveBlending, depthWrite: false },
});

function geometryOf({ positions, triangles }: Shape): BufferGeometry {
  const geometry = new BufferGeometry().setAttribute('position', new BufferAttribute(positions, 3));
  geometry.setIndex(new BufferAttribute(triangles, 1));
  return geometry;
}

/** Smooth but at edges, as it was modelled. */
function modelled(shape: Shape): BufferGeometry {
  const geometry = geometryOf(shape);
  if (shape.triangles.length <= mostCreased) return toCreasedNormals(geometry, Math.PI / 5);
  geometry.computeVertexNormals();
  return geometry;
}

let colours: BufferAttribute | undefined;

function hear(message: TrainingToViewer): void {
  if (views === undefined) return;
  if (message.type === 'original') {
    views.original.show(new Mesh(modelled(message.shape), stone));
    // That of another mesh.
    views.surface.clear();
  } else if (message.type === 'surface') {
    const geometry = geometryOf(message.shape);
    geometry.computeVertexNormals();
    views.surface.show(new Mesh(geometry, learnt));
  } else if (message.type === 'samples') {
    const { positions } = message;
    colours = new BufferAttribute(new Uint8Array(positions.length), 3, true);
    const geometry = new BufferGeometry().setAttribute('position', new BufferAttribute(positions, 3));
    views.samples.show(new Points(geometry.setAttribute('color', colours), sparks));
  } else if (colours !== undefined) {
    for (const [i, value] of message.glow.entries()) {
      const share = dimmest + ((1 - dimmest) * value) / 255;
      for (let c = 0; c < 3; c++) colours.array[3 * i + c] = share * ember[c]!;
    }
    colours.needsUpdate = true;
  }
  draw();
}

page.addEventListener('message', ({ data }: MessageEvent<PageToViewer>) => {
  if (data.type === 'views') {
    try {
      const { original, surface, samples } = data.views;
      views = { original: new View(original), surface: new View(surface), samples: new View(samples) };
    } catch {
      const message = 'this browser gives no WebGL here: meshes are learnt, and cannot be shown';
      page.postMessage({ type: 'failed', message } satisfies FromWorker);
      return;
    }
    const { port } = data;
    port.onmessage = ({ data: message }: MessageEvent<TrainingToViewer>) => hear(message);
  } else if (data.type === 'size') {
    const { width, height, ratio } = data;
    camera.aspect = width / height;
    camera.updateProjectionMatrix();
    if (views !== undefined) for (const name of meshViews) views[name].resize(width, height, ratio);
    draw();
  } else {
    camera.position.fromArray([...data.position]);
    camera.quaternion.fromArray([...data.quaternion]);
    draw();
  }
});
