// The mesh a run trains on: read once, told what is wrong with it, kept in the run's folder so that the run can go on
// even when the original has moved.
import { createHash } from 'node:crypto';
import path from 'node:path';
import { InputError } from '../../../core/errors.js';
import {
  createDistanceField,
  fileFrame,
  frameOf,
  meshBounds,
  warnings,
  type TriangleMesh,
} from '../../../sdf/index.js';
import { encodeMesh, loadMesh } from '../../../sdf/files/index.js';
import { writeWhole } from '../../runs/files.js';
import type { Decoding, ReadInput } from '../../runs/modality.js';
import type { FitMeshSettings } from './settings.js';
import { createInsideMeter } from './quality.js';
import { meshFiles } from './artifacts.js';
import type { MeshInfo } from './metrics.js';
import type { MeshInput, MeshTypes } from './types.js';

type InputSettings = Pick<FitMeshSettings, 'fill' | 'sign' | 'workers'>;

/** A mesh as its file has it. */
type Loaded = Awaited<ReturnType<typeof loadMesh>>;

/** Reads the input. @throws InputError for a file that is not a usable mesh. */
export async function readMeshInput(file: string, settings: InputSettings): Promise<ReadInput<MeshTypes>> {
  return meshInput(await loadMesh(file), file, settings);
}

/** Reads the file once for several runs; distances each run has for itself. */
export const meshDecoding: Decoding<MeshTypes> = {
  decode: (file) => loadMesh(file),
  read: (decoded, file, settings) => meshInput(decoded as Loaded, file, settings),
};

async function meshInput(
  { mesh, report, notes }: Loaded,
  file: string,
  settings: InputSettings,
): Promise<ReadInput<MeshTypes>> {
  const said = [...notes, ...warnings(report)];
  const input = await prepareMesh(mesh, settings, file);
  const { center, scale } = fileFrame(input.frame, mesh.origin);
  const info: MeshInfo = {
    file,
    vertices: report.vertices,
    triangles: report.triangles,
    watertight: report.watertight,
    warnings: said,
    frame: { center: [center[0], center[1], center[2]], scale },
    sign: input.field.sign,
    signReason: input.field.signReason,
  };
  return { input, info, notes: said };
}

/** What training needs of a mesh; it follows from mesh and settings to the bit. */
export async function prepareMesh(
  mesh: TriangleMesh,
  { fill, sign, workers }: InputSettings,
  file: string,
): Promise<MeshInput> {
  const frame = frameOf(meshBounds(mesh), fill);
  const field = await createDistanceField(mesh, { sign, ...(workers > 0 ? { workers } : {}) });
  try {
    const meter = await createInsideMeter(mesh, field, frame);
    if (meter.inside === 0) {
      throw new InputError(
        `${file}: got a mesh without an inside: none of ${meter.points} points in and around it is (by ${field.sign}); ` +
          'expected one that encloses something; give it a thickness, close it, or choose another sign',
      );
    }
    return { mesh, frame, field, meter };
  } catch (error) {
    await field.dispose();
    throw error;
  }
}

/** Keeps the mesh in the run's folder, to the bit. */
export async function keepMesh(folder: string, mesh: TriangleMesh): Promise<void> {
  await writeWhole(path.join(folder, meshFiles.target), await encodeMesh(mesh, 'ply'));
}

/** SHA-256 of positions, triangles and origin: tells one mesh from another. */
export function meshDigest({ positions, triangles, origin }: TriangleMesh): string {
  const hash = createHash('sha256').update(`${positions.length} ${triangles.length} `);
  if (origin !== undefined) hash.update(`from ${origin.join(' ')} `);
  for (const { buffer, byteOffset, byteLength } of [positions, triangles]) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex');
}
