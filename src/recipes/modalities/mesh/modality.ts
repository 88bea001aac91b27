// Meshes: points around a surface are the samples, and a network learns their signed distances.
import { choice, integer } from '../../../core/settings.js';
import { defineModality } from '../../runs/modality.js';
import type { FinishEvent } from '../../runs/events.js';
import type { MeshInput } from './input.js';
import type { MeshFigures, MeshHistoryEntry, MeshInfo, MeshMetrics } from './metrics.js';
import { meshSettings, type CompareMeshSettings, type FitMeshSettings } from './settings.js';

/** The types of this modality. */
export interface MeshTypes {
  readonly settings: FitMeshSettings;
  readonly compare: CompareMeshSettings;
  readonly input: MeshInput;
  readonly info: MeshInfo;
  readonly entry: MeshHistoryEntry;
  readonly figures: MeshFigures;
  readonly metrics: MeshMetrics;
  readonly progress: FinishEvent;
}

/** Options of whatever makes a mesh. */
export const extraction = {
  resolution: {
    setting: integer({ min: 4, max: 1024, default: undefined }),
    words: "cells along the cube's side (default: 256)",
  },
  format: {
    setting: choice(['glb', 'ply', 'obj', 'stl'], 'glb'),
    words: 'format (default: what --out ends in, else glb)',
  },
};

/** The modality. */
export const meshModality = defineModality<MeshTypes>({
  kind: 'mesh',
  one: 'a mesh',
  several: 'meshes',
  formats: 'OBJ, PLY, STL, GLB, glTF',
  extensions: ['.obj', '.ply', '.stl', '.glb', '.gltf'],
  example: 'bunny.obj',
  settings: meshSettings,
  sections: { fit: 'fitMesh', compare: 'compareMesh' },
  calls: { fit: 'fitMesh', compare: 'compareMesh' },
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
