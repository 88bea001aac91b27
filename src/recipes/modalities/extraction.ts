// Options of whatever makes a mesh, as `evos render` takes them.
import { choice, integer } from '../../core/settings.js';

/** How finely, and as what. */
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
