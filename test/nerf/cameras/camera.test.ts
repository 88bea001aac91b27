// Cameras against OpenCV's documented formulas, against three, and against themselves: there and back.
import { OrthographicCamera, PerspectiveCamera, Raycaster, Vector2 } from 'three';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/numeric/random.js';
import {
  blindShare,
  pixelDirection,
  projectPoint,
  rotateDirection,
} from '../../../src/nerf/cameras/camera.js';
import { bend, distort, unbend, undistort } from '../../../src/nerf/cameras/distortion.js';
import { createIntrinsics, resizeIntrinsics, type Intrinsics } from '../../../src/nerf/cameras/intrinsics.js';
import { fromOpenCv, rigidPose } from '../../../src/nerf/cameras/pose.js';
import { whyNotSingle } from '../../../src/nerf/cameras/single-precision.js';
import { cameraRays, viewFromCamera } from '../../../src/nerf/cameras/three-camera.js';

const size = { width: 640, height: 480 };
const lenses: Readonly<Record<string, Intrinsics>> = {
  pinhole: createIntrinsics({ ...size, fx: 500, fy: 510, cx: 322.4, cy: 236.1 }),
  opencv: createIntrinsics({
    ...{ ...size, fx: 420, fy: 425, cx: 318, cy: 245 },
    ...{ k1: -0.28, k2: 0.09, k3: -0.012, p1: 0.0008, p2: -0.0011 },
  }),
  'opencv with a term of r⁸': createIntrinsics({
    ...size,
    fx: 600,
    k1: 0.05,
    k2: -0.08,
    k3: 0.02,
    k4: -0.004,
  }),
  'a phone': createIntrinsics({
    ...{ width: 270, height: 480, fx: 343.88, fy: 343.6225, cx: 138.6395, cy: 241.317 },
    ...{ k1: 0.0578421, k2: -0.0805099, p1: -0.000980296, p2: 0.00015575 },
  }),
  'opencv-rational': createIntrinsics({
    ...{ ...size, model: 'opencv-rational', fx: 380, cx: 330 },
    ...{ k1: 0.4, k2: 0.05, k3: 0.001, k4: 0.7, k5: 0.14, k6: 0.006, p1: 0.0005, p2: -0.0003 },
  }),
  'opencv-fisheye': createIntrinsics({
    ...{ ...size, model: 'opencv-fisheye', fx: 190, fy: 191, cx: 321, cy: 238 },
    ...{ k1: -0.035, k2: 0.006, k3: -0.004, k4: 0.0006 },
  }),
};

/** A pose that favours no axis. */
const pose = poseOf([0.3, -0.5, 0.7, 0.4123105625617661], [1.5, -2, 0.7]);

function poseOf([x, y, z, w]: readonly number[], place: readonly number[]): Float64Array {
  const [a, b, c, d] = [x!, y!, z!, w!].map((value) => value / Math.hypot(x!, y!, z!, w!)) as [
    number,
    number,
    number,
    number,
  ];
  return Float64Array.from([
    ...[1 - 2 * (b * b + c * c), 2 * (a * b + c * d), 2 * (a * c - b * d), 0],
    ...[2 * (a * b - c * d), 1 - 2 * (a * a + c * c), 2 * (b * c + a * d), 0],
    ...[2 * (a * c + b * d), 2 * (b * c - a * d), 1 - 2 * (a * a + b * b), 0],
    ...place,
    1,
  ]);
}

describe('distortion', () => {
  // Worked by hand from the formulas in OpenCV's documentation (calib3d, "Camera Calibration and 3D Reconstruction":
  // x″ = x′ (1+k1r²+k2r⁴+k3r⁶)/(1+k4r²+k5r⁴+k6r⁶) + 2p1x′y′ + p2(r²+2x′²), y″ likewise), in exact decimal arithmetic.
  // x′ = 0.3, y′ = −0.4: r² = 0.25, r⁴ = 0.0625, r⁶ = 0.015625; 2x′y′ = −0.24; r²+2x′² = 0.43; r²+2y′² = 0.57.
  it.each([
    // Radial: 1 − 0.05 + 0.00625 + 0.00015625 = 0.95640625; x: 0.286921875 − 0.00024 + 0.00086; y: −0.3825625 + 0.00057 − 0.00048.
    [
      'five coefficients',
      { model: 'opencv', k1: -0.2, k2: 0.1, k3: 0.01, p1: 0.001, p2: 0.002 } as const,
      [0.287541875, -0.3824725],
    ],
    // (1 + 0.1 + 0.0125 + 0.0015625) / (1 + 0.05 − 0.00625 + 0.0015625) = 1.1140625 / 1.0453125; no tangential part.
    [
      'eight coefficients',
      { model: 'opencv-rational', k1: 0.4, k2: 0.2, k3: 0.1, k4: 0.2, k5: -0.1, k6: 0.1 } as const,
      [(0.3 * 11140625) / 10453125, (-0.4 * 11140625) / 10453125],
    ],
    // 1 + 0.05 r⁸/… : r⁸ = 0.00390625, so 1 + 0.256 · 0.00390625 = 1.001.
    ['the term of r⁸', { model: 'opencv', k4: 0.256 } as const, [0.3003, -0.4004]],
  ])('is what OpenCV documents for %s', (_, lens, expected) => {
    const out = new Float64Array(2);
    distort(createIntrinsics({ ...size, fx: 1, ...lens }), 0.3, -0.4, out);
    expect(out[0]).toBeCloseTo(expected[0]!, 14);
    expect(out[1]).toBeCloseTo(expected[1]!, 14);
  });

  // OpenCV's documentation (calib3d, "Fisheye camera model"): θ = atan(r), θd = θ(1+k1θ²+k2θ⁴+k3θ⁶+k4θ⁸), x′ = (θd/r) a.
  // At r = 1 the angle is π/4; with k1 = 0.1 alone θd = π/4 + 0.1 (π/4)³ = 0.83384547…
  it('is what OpenCV documents for a fisheye', () => {
    const out = new Float64Array(2);
    distort(createIntrinsics({ ...size, fx: 1, model: 'opencv-fisheye', k1: 0.1 }), 0.6, -0.8, out);
    const image = Math.PI / 4 + 0.1 * (Math.PI / 4) ** 3;
    expect(image).toBeCloseTo(0.83384547, 7);
    expect(out[0]).toBeCloseTo(0.6 * image, 14);
    expect(out[1]).toBeCloseTo(-0.8 * image, 14);
    const all = createIntrinsics({
      ...size,
      fx: 1,
      model: 'opencv-fisheye',
      k1: 0.1,
      k2: 0.2,
      k3: 0.3,
      k4: 0.4,
    });
    // θ = ½: 0.5 · (1 + 0.025 + 0.0125 + 0.0046875 + 0.0015625)
    expect(bend(all, 0.5)).toBeCloseTo(0.521875, 14);
    expect(unbend(all, 0.521875)).toBeCloseTo(0.5, 12);
  });

  it('is undone', () => {
    const random = createRandom(3);
    const [there, back] = [new Float64Array(2), new Float64Array(2)];
    for (const name of ['opencv', 'opencv with a term of r⁸', 'a phone', 'opencv-rational']) {
      for (let i = 0; i < 200; i++) {
        const [x, y] = [random.float() - 0.5, random.float() - 0.5];
        distort(lenses[name]!, x, y, there);
        expect(undistort(lenses[name]!, there[0]!, there[1]!, back), name).toBe(true);
        expect(Math.hypot(back[0]! - x, back[1]! - y), name).toBeLessThan(1e-11);
      }
    }
  });

  it('says where it cannot be undone: r (1 − r²/3) never exceeds 2/3', () => {
    const lens = createIntrinsics({ ...size, fx: 1, k1: -1 / 3 });
    const out = new Float64Array(2);
    expect(undistort(lens, 0.66, 0, out)).toBe(true);
    expect(undistort(lens, 0.67, 0, out)).toBe(false);
    const fisheye = createIntrinsics({ ...size, fx: 1, model: 'opencv-fisheye', k1: -1 / 3 });
    expect(unbend(fisheye, 0.67)).toBeNaN();
    expect(blindShare(createIntrinsics({ ...size, fx: 400, k1: -1 / 3 }))).toBeGreaterThan(0.1);
    for (const lens of Object.values(lenses)) expect(blindShare(lens)).toBe(0);
  });
});

describe('single precision', () => {
  it('is enough for lenses that were calibrated for their picture', () => {
    for (const [name, lens] of Object.entries(lenses)) expect(whyNotSingle(lens), name).toBeUndefined();
    expect(whyNotSingle(createIntrinsics({ width: 1, height: 1, fx: 1 }))).toBeUndefined();
  });

  // r (1 − r²/3) turns back at r = 1, where it is 2/3: pictures that reach so far from their middle, 399.4 pixels, have an fx of 599.
  it.each([
    ['opencv', { fx: 640, k1: -1 / 3 }, undefined],
    ['opencv', { fx: 599.7, k1: -1 / 3 }, 'needs more than single precision'],
    ['opencv', { fx: 595, k1: -1 / 3 }, /^bends its picture back into itself/],
    ['opencv-fisheye', { fx: 640, k1: -1 / 3 }, undefined],
    ['opencv-fisheye', { fx: 599.2, k1: -1 / 3 }, 'needs more than single precision'],
    ['opencv-fisheye', { fx: 595, k1: -1 / 3 }, /^bends its picture back into itself/],
    ['opencv-rational', { fx: 400, k1: 0.4, k4: 0.7 }, undefined],
    ['opencv-rational', { fx: 400, k4: 30, k5: 5 }, /^bends its picture back into itself/],
    // A pixel's number takes all the digits there are.
    ['pinhole', { fx: 3, cx: 320.3 }, 'needs more than single precision'],
  ] as const)('is or is not for %s of %o', (model, numbers, reason) => {
    const found = whyNotSingle(createIntrinsics({ ...size, model, ...numbers }));
    if (reason instanceof RegExp) expect(found).toMatch(reason);
    else expect(found).toBe(reason);
  });
});

describe('pixel to ray to pixel', () => {
  it.each(Object.keys(lenses))('comes back to 1e-4 of a pixel: %s', (name) => {
    const lens = lenses[name]!;
    const random = createRandom(7);
    const direction = new Float64Array(3);
    const pixel = new Float64Array(2);
    let worst = 0;
    for (let i = 0; i < 500; i++) {
      // Corners first, then anywhere.
      const px = i < 4 ? (i & 1) * lens.width : random.float() * lens.width;
      const py = i < 4 ? (i >> 1) * lens.height : random.float() * lens.height;
      if (!pixelDirection(lens, px, py, direction)) worst = Infinity;
      if (Math.abs(Math.hypot(...direction) - 1) > 1e-14) worst = Infinity;
      rotateDirection(pose, direction);
      const far = 0.5 + 20 * random.float();
      const point = [0, 1, 2].map((axis) => pose[12 + axis]! + far * direction[axis]!);
      if (!projectPoint(lens, pose, point, pixel)) worst = Infinity;
      worst = Math.max(worst, Math.hypot(pixel[0]! - px, pixel[1]! - py));
    }
    expect(worst).toBeLessThan(1e-4);
    // What Newton's method gives is far better than what is asked for.
    expect(worst).toBeLessThan(1e-8);
  });

  it('follows the axes: right is +x, up is +y, the middle looks along −z', () => {
    const lens = createIntrinsics({ width: 100, height: 100, fx: 50 });
    const out = new Float64Array(3);
    pixelDirection(lens, 50, 50, out);
    expect([...out].map((value) => value + 0)).toEqual([0, 0, -1]);
    pixelDirection(lens, 100, 50, out);
    expect(out[0]).toBeCloseTo(Math.SQRT1_2, 14);
    expect(out[2]).toBeCloseTo(-Math.SQRT1_2, 14);
    pixelDirection(lens, 50, 0, out);
    expect(out[1]).toBeCloseTo(Math.SQRT1_2, 14);
  });

  it('a fisheye sees behind itself, other lenses do not', () => {
    const identity = Float64Array.from([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
    const out = new Float64Array(2);
    const fisheye = createIntrinsics({ ...size, fx: 100, model: 'opencv-fisheye' });
    expect(projectPoint(fisheye, identity, [1, 0, 1], out)).toBe(true);
    expect(out[0]).toBeCloseTo(320 + 75 * Math.PI, 10);
    expect(projectPoint(fisheye, identity, [0, 0, 0], out)).toBe(false);
    expect(projectPoint(lenses['opencv']!, identity, [1, 0, 1], out)).toBe(false);
    const direction = new Float64Array(3);
    pixelDirection(fisheye, 320 + 75 * Math.PI, 240, direction);
    expect(direction[2]).toBeCloseTo(Math.SQRT1_2, 12);
  });

  it('stays the same ray when pictures are resized', () => {
    for (const lens of Object.values(lenses)) {
      const small = resizeIntrinsics(lens, lens.width / 2, lens.height / 5);
      const [a, b] = [new Float64Array(3), new Float64Array(3)];
      pixelDirection(lens, 77, 140, a);
      pixelDirection(small, 38.5, 28, b);
      for (let axis = 0; axis < 3; axis++) expect(b[axis]).toBeCloseTo(a[axis]!, 12);
    }
  });
});

describe('createIntrinsics', () => {
  it.each([
    [{ width: 10.5, height: 10, fx: 1 }, /width of 10.5; expected whole pixels/],
    [{ width: 10, height: 10, fx: 0 }, /focal lengths 0 and 0; expected pixels, above 0/],
    [{ width: 10, height: 10, fx: NaN }, /fx NaN; expected a finite number/],
    [{ width: 10, height: 10, fx: 5, k2: Infinity }, /k2 Infinity/],
    [{ width: 10, height: 10, fx: 5, k5: 0.1 }, /k5 for the lens model opencv; expected only k1, k2, k3, k4/],
    [
      { width: 10, height: 10, fx: 5, p1: 1, model: 'pinhole' as const },
      /p1 for the lens model pinhole; expected no/,
    ],
  ])('refuses %j', (init, message) => {
    expect(() => createIntrinsics(init)).toThrow(message);
  });
});

describe('cameras of three', () => {
  const camera = new PerspectiveCamera(40, 4 / 3, 0.1, 100);
  camera.position.set(3, 2, -4);
  camera.lookAt(0.2, 0.5, 0.1);
  camera.setViewOffset(800, 600, 120, 40, 640, 480);
  camera.updateMatrixWorld();
  const flat = new OrthographicCamera(-2, 3, 1.5, -1, 0.1, 50);
  flat.position.set(1, 5, 2);
  flat.lookAt(0, 0, 0);
  flat.updateMatrixWorld();

  it.each([
    ['perspective', camera],
    ['orthographic', flat],
  ])('%s: rays are those of its Raycaster', (_, three) => {
    const { origins, directions } = cameraRays(three, 8, 6);
    const caster = new Raycaster();
    for (let i = 0; i < 48; i++) {
      const ndc = new Vector2((2 * ((i % 8) + 0.5)) / 8 - 1, 1 - (2 * (Math.floor(i / 8) + 0.5)) / 6);
      caster.setFromCamera(ndc, three);
      const { origin, direction } = caster.ray;
      direction.toArray().forEach((value, axis) => expect(directions[3 * i + axis]).toBeCloseTo(value, 5));
      // The same line; three starts orthographic rays on another plane.
      const between = [0, 1, 2].map((axis) => origins[3 * i + axis]! - origin.getComponent(axis));
      const along = between.reduce((sum, value, axis) => sum + value * direction.getComponent(axis), 0);
      between.forEach((value, axis) => expect(value).toBeCloseTo(along * direction.getComponent(axis), 5));
    }
  });

  it('become views with the same rays', () => {
    const view = viewFromCamera(camera, 8, 6, { name: 'eye' });
    expect(view).toMatchObject({ name: 'eye', file: undefined, split: undefined });
    const { directions } = cameraRays(camera, 8, 6);
    const out = new Float64Array(3);
    for (let i = 0; i < 48; i++) {
      pixelDirection(view.intrinsics, (i % 8) + 0.5, Math.floor(i / 8) + 0.5, out);
      rotateDirection(view.pose, out);
      for (let axis = 0; axis < 3; axis++) expect(out[axis]).toBeCloseTo(directions[3 * i + axis]!, 6);
    }
    expect([...view.pose.subarray(12, 15)]).toEqual([3, 2, -4]);
  });

  it('are refused where they cannot be views', () => {
    expect(() => viewFromCamera(flat, 8, 6)).toThrow(/orthographic camera; expected a perspective one/);
    expect(() => viewFromCamera(camera, 0, 6)).toThrow(/0×6 pixels; expected whole numbers/);
    const matrixWorld = { elements: new Array<number>(16).fill(0) };
    expect(() => cameraRays({ ...pick(camera), matrixWorld }, 8, 6)).toThrow(/matrixWorld that is singular/);
    const short = { elements: [1] };
    expect(() => cameraRays({ ...pick(camera), matrixWorld: short }, 8, 6)).toThrow(/1 numbers; expected 16/);
  });

  function pick({ matrixWorld, projectionMatrixInverse }: PerspectiveCamera) {
    return { matrixWorld, projectionMatrixInverse };
  }
});

describe('poses', () => {
  it('that are rotations stay bit for bit', () => {
    const found = rigidPose(pose);
    expect(found).toEqual({ pose, mended: false });
  });

  it('lose scale and shear, but look the same way', () => {
    const scaled = pose.map((value, i) => (i < 12 ? value * 2 : value));
    scaled[0]! += 0.1;
    const found = rigidPose(scaled);
    if (typeof found === 'string') throw new Error(found);
    expect(found.mended).toBe(true);
    expect([...found.pose.subarray(12)]).toEqual([...pose.subarray(12)]);
    for (let i = 8; i < 12; i++) expect(found.pose[i]).toBeCloseTo(pose[i]!, 12);
    expect(rigidPose(found.pose)).toEqual({ pose: found.pose, mended: false });
  });

  it.each([
    [{ 5: NaN }, /holds NaN in row 2, column 2; expected finite/],
    [{ 15: 0 }, /ends in a row other than 0 0 0 1/],
    [{ 0: 0, 1: 0, 2: 0 }, /is singular/],
    [{ 0: -pose[0]!, 1: -pose[1]!, 2: -pose[2]! }, /is mirrored/],
  ])('that cannot be are refused: %j', (change, message) => {
    const broken = pose.slice();
    for (const [at, value] of Object.entries(change)) broken[Number(at)] = value;
    expect(rigidPose(broken)).toMatch(message);
  });

  it("turn from OpenCV's axes into ours", () => {
    const identity = Float64Array.from([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 7, 8, 9, 1]);
    expect([...fromOpenCv(identity)]).toEqual([1, 0, 0, 0, 0, -1, 0, 0, 0, 0, -1, 0, 7, 8, 9, 1]);
  });
});
