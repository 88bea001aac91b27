// Meshes: points around a surface are the samples, and a network learns their signed distances.
import { defineModality } from '../../runs/modality.js';
import { extraction } from '../extraction.js';
import { meshSettings } from './settings.js';
import type { MeshTypes } from './types.js';

/** The modality. */
export const meshModality = defineModality<MeshTypes>({
  kind: 'mesh',
  one: 'a mesh',
  several: 'meshes',
  formats: 'OBJ, PLY, STL, GLB, glTF',
  extensions: ['.obj', '.ply', '.stl', '.glb', '.gltf'],
  example: 'bunny.obj',
  packages: ['sharp'],
  settings: meshSettings,
  sections: { fit: 'fitMesh', compare: 'compareMesh' },
  calls: { fit: 'fitMesh', compare: 'compareMesh', compareAll: 'compareAllMeshes' },
  measures: [
    {
      key: 'iou',
      title: 'IoU',
      decimals: 4,
      history: true,
      progress: true,
      result: true,
      column: { title: 'IoU', keep: 7 },
    },
    { key: 'iouNear', title: 'near the surface', decimals: 4, history: true, progress: true },
    {
      key: 'normalConsistency',
      title: 'normal consistency',
      decimals: 4,
      result: true,
      column: { title: 'normals', keep: 2 },
    },
    {
      key: 'chamferL1',
      title: 'Chamfer-L1',
      unit: '% of the longest side',
      factor: 100,
      decimals: 3,
      result: true,
      column: { title: 'Chamfer %', keep: 1 },
    },
  ],
  footnotes: ['normals: mean |cosine| between normals; Chamfer: Chamfer-L1 in % of the longest side.'],
  tasks: { extract: 'extracting the mesh', measure: 'measuring it', preview: 'drawing it' },
  render: {
    options: extraction,
    suggestion: '--resolution 512 --format ply',
    instead: "--resolution says how many cells lie along the cube's side",
  },
  describe({ triangles, watertight, signReason }) {
    const count = `${triangles.toLocaleString('en-GB')} triangle${triangles === 1 ? '' : 's'}`;
    return [
      `${count}, ${watertight ? 'watertight' : 'not watertight'}`,
      `Inside told from outside by ${signReason}`,
    ];
  },
  load: async () => (await import('./run.js')).meshRun,
});
