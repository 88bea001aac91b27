// A mesh as a subject: its signed distances are learnt at points on it, near it and anywhere, and its surface is extracted from the
// network again and again. The viewer, a worker of its own, shows what it is sent here.
import { createRandom, EvosError } from 'evos';
import { hashGrid, HASH_GRID_ADAM, siren, type EngineTrainer } from 'evos/engine';
import {
  createDistanceField,
  createSdfPool,
  extractSurface,
  frameOf,
  inspectMesh,
  meshBounds,
  nearDeviation,
  pointsAround,
  sampleSurface,
  toMeshFrame,
  toMeshUnits,
  toNetworkUnits,
  warnings,
  type DistanceField,
  type Frame,
} from 'evos/sdf';
import { BufferAttribute, BufferGeometry, Mesh, MeshStandardMaterial } from 'three';
import { GLTFExporter } from 'three/examples/jsm/exporters/GLTFExporter.js';
import type { Choices, TrainingToViewer } from './messages.js';
import type { PlacedMesh } from './mesh-file.js';
import type { Shown, Subject } from './training.js';

/** Points near the surface at which insides are compared. */
const comparedPoints = 4096;
/** Times as fine as the surface that is shown is the one in a file. */
const finer = 2;
/** What is left of a sample's glow after a step that does without it. */
const fading = 0.98;

/** A mesh to learn. */
export async function meshSubject(mesh: PlacedMesh, choices: Choices, viewer: MessagePort): Promise<Subject> {
  const show = (message: TrainingToViewer, ...arrays: readonly { readonly buffer: ArrayBuffer }[]): void =>
    viewer.postMessage(
      message,
      arrays.map(({ buffer }) => buffer),
    );
  const frame = frameOf(meshBounds(mesh));
  const field = await createDistanceField(mesh);
  const pool = await createSdfPool({ mesh, field, frame, count: choices.samples, seed: choices.seed });
  const meter = await insideMeter(mesh, field, frame);
  await field.dispose();
  const { model, adam, rate } = network(choices);
  const glow = new Glow(pool.size);

  /** Mesh and samples are shown when training begins: others may be shown until then. */
  let begun = false;
  function begin(): void {
    if (begun) return;
    begun = true;
    const positions = new Float32Array(toNetworkUnits(mesh.positions, frame));
    const triangles = mesh.triangles.slice();
    const places = pool.inputs.slice();
    show({ type: 'original', shape: { positions, triangles } }, positions, triangles);
    show({ type: 'samples', positions: places }, places);
  }

  const surfaceOf = (trainer: EngineTrainer, resolution: number, refine: number, signal: AbortSignal) =>
    extractSurface({ evaluate: (points) => trainer.predict(points), resolution, refine, signal });
  const { center, scale } = frame;
  const inFile = center.map((value, axis) => value + mesh.origin[axis]!);
  const count = (mesh.triangles.length / 3).toLocaleString('en');
  return {
    kind: 'mesh',
    what: `${model.parameterCount.toLocaleString('en')} numbers for ${count} triangles`,
    notes: warnings(inspectMesh(mesh)),
    ...{ pool, model, adam, rate },
    metadata: { kind: 'mesh', frame: JSON.stringify({ center: inFile, scale }) },
    chose: (indices, step) => glow.chose(indices, step),
    async draw(trainer: EngineTrainer, _step: number, signal: AbortSignal): Promise<Shown> {
      begin();
      const quality = await meter((points) => trainer.predict(points));
      const bright = glow.now();
      show({ type: 'glow', glow: bright }, bright);
      try {
        const { mesh: found } = await surfaceOf(trainer, choices.resolution, 0, signal);
        const [positions, corners] = [found.positions.slice(), found.triangles.slice()];
        show({ type: 'surface', shape: { positions, triangles: corners } }, positions, corners);
      } catch (cause) {
        // A network that has hardly begun may have no surface yet: what was shown before stays.
        if (!(cause instanceof EvosError && cause.code === 'input')) throw cause;
      }
      return { quality };
    },
    async saved(trainer: EngineTrainer, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
      const { mesh: found } = await surfaceOf(trainer, finer * choices.resolution, 1, signal);
      return encodeGlb(toMeshFrame(found, frame), mesh.origin);
    },
  };
}

/** The network and how it is trained: by the squared error, since steps are small. */
function network({ backbone, width }: Choices) {
  const ports = { inputDim: 3, outputDim: 1, ...(width === undefined ? {} : { width }) };
  if (backbone === 'siren') {
    return { model: siren({ ...ports, firstScale: 1, hiddenScale: 1 }), adam: {}, rate: 5e-4 };
  }
  const grid = { levels: 8, log2TableSize: 15, baseResolution: 16, finestResolution: 128 };
  return { model: hashGrid({ ...ports, ...grid }), adam: HASH_GRID_ADAM, rate: 5e-3 };
}

/**
 * Measures whether a network tells inside from outside.
 * @returns finds the intersection over union of both insides, at points near the surface
 */
async function insideMeter(mesh: PlacedMesh, field: DistanceField, frame: Frame) {
  const random = createRandom(1);
  const surface = toNetworkUnits(sampleSurface(mesh, comparedPoints, random).points, frame);
  const points = pointsAround(surface, nearDeviation, random);
  const truth = await field.inside(toMeshUnits(points, frame));
  return async (predict: (points: Float32Array) => Promise<Float32Array>): Promise<number> => {
    const values = await predict(points);
    let [both, either] = [0, 0];
    for (const [i, real] of truth.entries()) {
      const modelled = values[i]! < 0;
      if (modelled && real === 1) both++;
      if (modelled || real === 1) either++;
    }
    return both / either;
  };
}

/** How often samples were chosen of late. */
class Glow {
  /** What each had when it was last chosen, and when that was. */
  readonly #heat: Float32Array;
  readonly #last: Uint32Array;
  #step = 0;

  constructor(size: number) {
    this.#heat = new Float32Array(size);
    this.#last = new Uint32Array(size);
  }

  chose(indices: Uint32Array, step: number): void {
    for (const index of indices) {
      this.#heat[index] = 1 + this.#heat[index]! * fading ** (step - this.#last[index]!);
      this.#last[index] = step;
    }
    this.#step = step;
  }

  /** 0–255: brightest where a sample is chosen four times as often as all are on average, or more. */
  now(): Uint8Array<ArrayBuffer> {
    const heat = this.#heat.map((value, i) => value * fading ** (this.#step - this.#last[i]!));
    const mean = heat.reduce((sum, value) => sum + value, 0) / heat.length;
    return Uint8Array.from(heat, (value) => (mean > 0 ? Math.min(255, (64 * value) / mean) : 0));
  }
}

/** A mesh as GLB, in the file's own units and where the file has it. */
async function encodeGlb(
  { positions, triangles }: Pick<PlacedMesh, 'positions' | 'triangles'>,
  origin: PlacedMesh['origin'],
): Promise<Uint8Array<ArrayBuffer>> {
  const geometry = new BufferGeometry().setAttribute('position', new BufferAttribute(positions, 3));
  geometry.setIndex(new BufferAttribute(triangles, 1)).computeVertexNormals();
  const node = new Mesh(
    geometry,
    new MeshStandardMaterial({ color: 0xcccccc, roughness: 0.7, metalness: 0 }),
  );
  node.position.fromArray([...origin]);
  const bytes = await new GLTFExporter().parseAsync(node, { binary: true });
  if (!(bytes instanceof ArrayBuffer)) throw new TypeError('three’s GLTFExporter gave no ArrayBuffer');
  return new Uint8Array(bytes);
}
