// Where in a scene the radiance field lies: the cube around what the cameras look at.
import type { SceneExtent, Xyz } from './scene.js';

/** A cube of the world, and the stretch of a ray that counts: the `FieldSpace` of `evos/onnx`. Lengths are the scene's. */
export interface SceneSpace {
  readonly centre: Xyz;
  /** Half the cube's side. */
  readonly half: number;
  /** Whether there is something to see outside the cube. */
  readonly contracted: boolean;
  readonly near: number;
  readonly far: number;
}

/**
 * The smallest cube around a scene's bounds; of an unbounded scene the field holds what is outside of it too.
 * @throws never
 * @example
 * const space = sceneSpace(await loadScene('fox/'));
 */
export function sceneSpace(extent: Pick<SceneExtent, 'bounds' | 'unbounded' | 'near' | 'far'>): SceneSpace {
  const { bounds, unbounded: contracted, near, far } = extent;
  const { min, max } = bounds;
  return {
    centre: [(min[0] + max[0]) / 2, (min[1] + max[1]) / 2, (min[2] + max[2]) / 2],
    half: Math.max(max[0] - min[0], max[1] - min[1], max[2] - min[2]) / 2,
    ...{ contracted, near, far },
  };
}
