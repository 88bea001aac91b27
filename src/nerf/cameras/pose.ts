// Makes poses from files into rotations and places: finite, not singular, not mirrored, and without scale.

/** A pose and how far from a rotation it was. */
export interface RigidPose {
  /** 16 numbers, camera to world, column by column. */
  readonly pose: Float64Array;
  /** Whether the given matrix scaled or sheared by more than rounding explains. */
  readonly mended: boolean;
}

/** Files round to five digits or more; a smaller deviation is left as it is. */
const rounding = 1e-5;
/** Above this, a matrix is reported as repaired. */
const noticeable = 1e-3;

/**
 * Makes a pose rigid: scale goes, and shear by Gram–Schmidt from the viewing axis on, which therefore stays.
 * @param matrix 16 numbers, column by column
 * @returns the pose, or what is wrong with it as the end of a sentence
 */
export function rigidPose(matrix: Float64Array): RigidPose | string {
  const bad = matrix.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    return `holds ${matrix[bad]} in row ${(bad % 4) + 1}, column ${(bad >> 2) + 1}; expected finite numbers`;
  if ([matrix[3]!, matrix[7]!, matrix[11]!, matrix[15]! - 1].some((value) => Math.abs(value) > rounding)) {
    return 'ends in a row other than 0 0 0 1; expected camera to world, the place of the camera in the last column';
  }
  const lengths = [0, 4, 8].map((at) => Math.hypot(matrix[at]!, matrix[at + 1]!, matrix[at + 2]!));
  const volume = lengths.reduce((product, length) => product * length, 1);
  const determinant =
    matrix[0]! * (matrix[5]! * matrix[10]! - matrix[6]! * matrix[9]!) -
    matrix[4]! * (matrix[1]! * matrix[10]! - matrix[2]! * matrix[9]!) +
    matrix[8]! * (matrix[1]! * matrix[6]! - matrix[2]! * matrix[5]!);
  if (!(Math.abs(determinant) > 1e-6 * volume) || volume === 0) {
    return 'is singular (its axes lie in one plane); expected a rotation and a place; export the cameras again';
  }
  if (determinant < 0) {
    return 'is mirrored (determinant below 0); expected a right-handed rotation; check the axes it was exported with';
  }
  const off = deviation(matrix);
  const pose = matrix.slice();
  // Inverting leaves zeros with a sign, which read oddly where poses are written out.
  for (const at of [3, 7, 11]) pose[at] = 0;
  pose[15] = 1;
  if (off > rounding) orthonormalise(pose);
  return { pose, mended: off > noticeable };
}

/** The largest difference between the axes' dot products and those of a rotation. */
function deviation(matrix: Float64Array): number {
  let most = 0;
  for (let a = 0; a < 3; a++) {
    for (let b = a; b < 3; b++) {
      const expected = a === b ? 1 : 0;
      most = Math.max(most, Math.abs(dot(matrix, 4 * a, 4 * b) - expected));
    }
  }
  return most;
}

function orthonormalise(pose: Float64Array): void {
  scaleAxis(pose, 8, 1 / Math.sqrt(dot(pose, 8, 8)));
  const along = dot(pose, 4, 8);
  for (let axis = 0; axis < 3; axis++) pose[4 + axis]! -= along * pose[8 + axis]!;
  scaleAxis(pose, 4, 1 / Math.sqrt(dot(pose, 4, 4)));
  for (let axis = 0; axis < 3; axis++) {
    const [next, last] = [(axis + 1) % 3, (axis + 2) % 3];
    pose[axis] = pose[4 + next]! * pose[8 + last]! - pose[4 + last]! * pose[8 + next]!;
  }
}

function dot(m: Float64Array, a: number, b: number): number {
  return m[a]! * m[b]! + m[a + 1]! * m[b + 1]! + m[a + 2]! * m[b + 2]!;
}

function scaleAxis(m: Float64Array, at: number, factor: number): void {
  for (let axis = 0; axis < 3; axis++) m[at + axis]! *= factor;
}

/**
 * A pose in OpenCV's axes (x right, y down, looking along +z), as COLMAP has them, in ours: y and z turn round.
 * @param pose 16 numbers, column by column, changed in place
 */
export function fromOpenCv(pose: Float64Array): Float64Array {
  for (let at = 4; at < 12; at++) pose[at] = 0 - pose[at]!;
  return pose;
}
