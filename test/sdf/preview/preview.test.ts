// Previews: what is in front hides what is behind, insides are red, nothing leaks between triangles, and the camera shows
// all there is.
import { BoxGeometry, SphereGeometry, type BufferGeometry } from 'three';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../src/core/index.js';
import { meshBounds, type TriangleMesh } from '../../../src/sdf/mesh.js';
import { frontCamera, project, type PreviewCamera } from '../../../src/sdf/preview/camera.js';
import { errorColours, usualErrorLimit } from '../../../src/sdf/preview/errors.js';
import { CreasedNormals } from '../../../src/sdf/preview/normals.js';
import {
  renderColourings,
  renderMesh,
  renderPair,
  sideBySide,
  type Picture,
} from '../../../src/sdf/preview/preview.js';

function fromThree(geometry: BufferGeometry): TriangleMesh {
  return {
    positions: Float32Array.from(geometry.getAttribute('position').array),
    triangles: Uint32Array.from(geometry.getIndex()!.array),
  };
}

const ball = fromThree(new SphereGeometry(1, 48, 32));
const flipped = { ...ball, triangles: ball.triangles.slice().reverse() };

/** Looks along −Z at the origin from ten units away; the view there is two units high. */
const ahead: PreviewCamera = {
  position: [0, 0, 10],
  target: [0, 0, 0],
  fieldOfView: (2 * Math.atan(0.1) * 180) / Math.PI,
};

/** A square that faces +Z, cut into n × n × 2 triangles. */
function square(half: number, z: number, n = 1): TriangleMesh {
  const positions: number[] = [];
  const triangles: number[] = [];
  for (let i = 0; i < (n + 1) ** 2; i++) {
    positions.push(half * ((2 * (i % (n + 1))) / n - 1), half * ((2 * Math.floor(i / (n + 1))) / n - 1), z);
  }
  for (let y = 0; y < n; y++) {
    for (let x = 0; x < n; x++) {
      const a = x + (n + 1) * y;
      triangles.push(a, a + 1, a + n + 2, a, a + n + 2, a + n + 1);
    }
  }
  return { positions: Float32Array.from(positions), triangles: Uint32Array.from(triangles) };
}

function merged(a: TriangleMesh, b: TriangleMesh): TriangleMesh {
  const offset = a.positions.length / 3;
  return {
    positions: Float32Array.of(...a.positions, ...b.positions),
    triangles: Uint32Array.of(...a.triangles, ...b.triangles.map((vertex) => vertex + offset)),
  };
}

function pixel({ data, width }: Picture, x: number, y: number): number[] {
  return [...data.subarray(3 * (x + width * y), 3 * (x + width * y) + 3)];
}

/** How many pixels differ from an empty picture's. */
function covered(picture: Picture): number {
  const { width, height } = picture;
  const empty = renderMesh(square(1, 100), { width, height, camera: ahead });
  let count = 0;
  for (let i = 0; i < width * height; i++) {
    if ([0, 1, 2].some((channel) => picture.data[3 * i + channel] !== empty.data[3 * i + channel])) count++;
  }
  return count;
}

const isRed = ([r, g, b]: number[]) => r! > 1.8 * g! && r! > 1.8 * b!;

describe('renderMesh', () => {
  it('draws a square where it is', () => {
    // Half a unit to each side in a view of two: the middle 50 × 50 of 100 × 100 pixels, whichever way it is cut.
    for (const n of [1, 7, 60]) {
      const picture = renderMesh(square(0.5, 0, n), { width: 100, height: 100, camera: ahead });
      expect(covered(picture)).toBe(50 * 50);
      expect(pixel(picture, 25, 25)).toEqual(pixel(picture, 30, 30));
      expect(covered(renderMesh(square(0.5, 0, n), { width: 200, height: 100, camera: ahead }))).toBe(
        50 * 50,
      );
    }
  });

  it('leaves no gap between triangles', () => {
    const picture = renderMesh(ball, { width: 120, height: 120, camera: ahead, supersampling: 1 });
    // The outline of a ball of radius 1 at 10 is a circle of radius 1/√99 of the distance.
    const radius = (60 * 10) / Math.sqrt(99);
    expect(covered(picture) / (Math.PI * radius ** 2)).toBeCloseTo(1, 1);
    for (let y = 0; y < 120; y++) {
      for (let x = 0; x < 120; x++) {
        if (Math.hypot(x - 59.5, y - 59.5) < radius - 2) {
          const [r, , b] = pixel(picture, x, y);
          // Clay is warm, the background cold.
          expect(r).toBeGreaterThanOrEqual(b!);
        }
      }
    }
  });

  it('lights it from the upper left', () => {
    const picture = renderMesh(ball, { width: 100, height: 100, camera: ahead });
    expect(pixel(picture, 30, 30)[0]).toBeGreaterThan(pixel(picture, 70, 70)[0]! + 60);
  });

  it('draws insides in red', () => {
    const picture = renderMesh(flipped, { width: 60, height: 60, camera: ahead });
    const front = renderMesh(ball, { width: 60, height: 60, camera: ahead });
    for (const [x, y] of [
      [30, 30],
      [20, 35],
      [45, 40],
    ] as const) {
      expect(isRed(pixel(picture, x, y))).toBe(true);
      expect(isRed(pixel(front, x, y))).toBe(false);
    }
  });

  it.each([
    ['far first', merged(square(0.8, -1), square(0.4, 1)), [4, 8]],
    ['near first', merged(square(0.4, 1), square(0.8, -1)), [0, 4]],
  ])('hides what is behind, %s', (_, mesh, [from, to]) => {
    // The near square is coloured inside, the far one outside.
    const errors = Float32Array.from({ length: 8 }, (_, i) => (i >= from! && i < to! ? -1 : 1));
    const picture = renderMesh(mesh, { width: 50, height: 50, camera: ahead, errors, errorLimit: 1 });
    const [nearRed, , nearBlue] = pixel(picture, 25, 25);
    const [farRed, , farBlue] = pixel(picture, 9, 25);
    expect(nearBlue).toBeGreaterThan(nearRed! + 50);
    expect(farRed).toBeGreaterThan(farBlue! + 50);
  });

  it('sees the inside all around from within, and nothing of what is behind the camera', () => {
    const camera: PreviewCamera = { position: [0, 0, 0.1], target: [0, 0, 0], fieldOfView: 60 };
    const picture = renderMesh(ball, { width: 40, height: 40, camera });
    for (let i = 0; i < 1600; i++) expect(isRed(pixel(picture, i % 40, Math.floor(i / 40)))).toBe(true);
    const away: PreviewCamera = { ...ahead, target: [0, 0, 20] };
    expect(covered(renderMesh(ball, { width: 40, height: 40, camera: away }))).toBe(0);
  });

  it('is the same twice', () => {
    expect(renderMesh(ball, { width: 50, height: 40 })).toEqual(renderMesh(ball, { width: 50, height: 40 }));
  });

  it.each([
    [{ width: 0 }, /width must be an integer from 1 to 8192, got 0/],
    [{ height: 9000 }, /height must be an integer from 1 to 8192, got 9000/],
    [{ supersampling: 1.5 }, /supersampling must be an integer from 1 to 4, got 1.5/],
    [
      { camera: { ...ahead, fieldOfView: 180 } },
      /camera\.fieldOfView must be a number in \(0, 179\], got 180/,
    ],
    [{ errors: new Float32Array(3) }, /got 3 errors for 1617 vertices; expected one signed distance/],
    [{ errors: new Float32Array(1617).fill(NaN) }, /got NaN among the errors of a preview; expected finite/],
    [{ errors: new Float32Array(1617), errorLimit: 0 }, /errorLimit must be a number in \(0, .*\], got 0/],
  ])('refuses %j', (options, message) => {
    expect(() => renderMesh(ball, options)).toThrow(ArgumentError);
    expect(() => renderMesh(ball, options)).toThrow(message);
  });
});

describe('frontCamera', () => {
  it.each([
    ['wide', 300, 100, 5, 1, 2],
    ['tall', 100, 300, 1, 6, 1],
    ['square', 200, 200, 0.001, 0.002, 0.003],
  ])('shows all of a mesh in a %s picture', (_, width, height, x, y, z) => {
    const mesh = fromThree(new BoxGeometry(x, y, z).translate(100 * x, 0, -50 * z));
    for (const shown of [mesh, meshBounds(mesh)]) {
      const screen = project(mesh, frontCamera(shown, width / height), width, height);
      const across = screen.filter((_, i) => i % 3 === 0).map((value) => Math.abs(value / width - 0.5));
      const down = screen.filter((_, i) => i % 3 === 1).map((value) => Math.abs(value / height - 0.5));
      expect(Math.min(...screen.filter((_, i) => i % 3 === 2))).toBeGreaterThan(0);
      expect(Math.max(...across, ...down)).toBeCloseTo(0.43, 2);
    }
  });

  it('looks from the front, the right and above', () => {
    const { position, target } = frontCamera(ball, 1);
    expect(position.every((value, axis) => value > target[axis]!)).toBe(true);
    expect(position[2]).toBeGreaterThan(position[0]);
  });
});

describe('CreasedNormals', () => {
  it('keeps a box’s edges sharp, even with shared vertices', () => {
    const positions = Float32Array.from({ length: 24 }, (_, i) => (Math.floor(i / 3) >> (i % 3)) & 1);
    const triangles = Uint32Array.of(4, 5, 7, 4, 7, 6, 1, 3, 7, 1, 7, 5, 2, 6, 7, 2, 7, 3);
    const normals = new CreasedNormals({ positions, triangles });
    for (let f = 0; f < 6; f++) {
      const { face, corners } = normals.of(f);
      const side = [2, 2, 0, 0, 1, 1][f]!;
      const expected = [0, 1, 2].map((axis) => (axis === side ? 1 : 0));
      expect([...face]).toEqual(expected);
      expect([...corners]).toEqual([...expected, ...expected, ...expected]);
    }
  });

  it('is smooth on a ball', () => {
    const normals = new CreasedNormals(ball);
    const middle = 48 * 32;
    const { corners } = normals.of(middle);
    for (let k = 0; k < 3; k++) {
      const vertex = 3 * ball.triangles[3 * middle + k]!;
      for (let axis = 0; axis < 3; axis++) {
        expect(corners[3 * k + axis]).toBeCloseTo(ball.positions[vertex + axis]!, 1.7);
      }
    }
  });
});

describe('renderColourings', () => {
  it('draws what renderMesh draws, once for each colouring', () => {
    const errors = ball.positions.filter((_, i) => i % 3 === 0);
    const others = errors.map((error) => -2 * error);
    const size = { width: 70, height: 60 };
    const colourings = [{ errors, errorLimit: 0.5 }, {}, { errors: others }];
    const pictures = renderColourings(ball, colourings, size);
    expect(pictures).toEqual(colourings.map((colouring) => renderMesh(ball, { ...size, ...colouring })));
    expect(pictures[0]).not.toEqual(pictures[1]);
    expect(renderColourings(ball, [], size)).toEqual([]);
  });
});

describe('renderPair', () => {
  const small = { ...ball, positions: ball.positions.map((value) => 0.5 * value) };

  it('looks at both with one camera', () => {
    const pair = renderPair(ball, small, { width: 80, height: 80 });
    expect(pair.error).toBeUndefined();
    expect(pair.original).toEqual(renderMesh(ball, { width: 80, height: 80 }));
    expect(covered(pair.fitted) / covered(pair.original)).toBeCloseTo(0.25, 1);
  });

  it('adds a picture of errors when it has them', () => {
    const errors = new Float32Array(ball.positions.length / 3).fill(-0.5);
    const { error } = renderPair(ball, small, { width: 80, height: 80, errors, errorLimit: 0.5 });
    const [r, , b] = pixel(error!, 40, 40);
    expect(b).toBeGreaterThan(r! + 50);
  });
});

describe('sideBySide', () => {
  it('puts pictures next to each other', () => {
    const left = { width: 1, height: 2, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    const right = { width: 2, height: 2, data: Uint8Array.from({ length: 12 }, (_, i) => 10 + i) };
    expect(sideBySide([left, right])).toEqual({
      width: 3,
      height: 2,
      data: Uint8Array.of(1, 2, 3, 10, 11, 12, 13, 14, 15, 4, 5, 6, 16, 17, 18, 19, 20, 21),
    });
  });

  it('refuses pictures that do not fit', () => {
    const picture = (height: number) => ({ width: 1, height, data: new Uint8Array(3 * height) });
    expect(() => sideBySide([picture(1), picture(2)])).toThrow(
      /pictures of heights 1, 2; expected .* all alike/,
    );
    expect(() => sideBySide([])).toThrow(/pictures of heights \(none\)/);
  });
});

describe('errorColours', () => {
  it('is symmetric about white and stops at the limit', () => {
    const colours = errorColours(Float32Array.of(-2, -1, 0, 1, 2), 1);
    const at = (i: number) => [...colours.subarray(3 * i, 3 * i + 3)];
    expect(at(0)).toEqual(at(1));
    expect(at(3)).toEqual(at(4));
    expect(at(1)[2]).toBeGreaterThan(at(1)[0]!);
    expect(at(3)[0]).toBeGreaterThan(at(3)[2]!);
    expect(Math.max(...at(2)) - Math.min(...at(2))).toBeLessThan(0.05);
  });

  it('takes twice the 95th percentile as its limit, and at most the largest', () => {
    // The 190th of 200 magnitudes is 189; twice that is more than there are.
    expect(usualErrorLimit(Float32Array.from({ length: 200 }, (_, i) => (i % 2 ? i : -i)))).toBe(199);
    expect(usualErrorLimit(Float32Array.of(0, 0, 0.5))).toBe(0.5);
    expect(usualErrorLimit(new Float32Array(0))).toBe(0);
    expect(usualErrorLimit(new Float32Array(100))).toBe(0);
    // A lid over a hole: three vertices in a hundred are far off, and where the others are off still shows.
    const lidded = Float32Array.from({ length: 100 }, (_, i) => (i < 97 ? (i % 4) / 2 : 1000));
    expect(usualErrorLimit(lidded)).toBe(3);
  });
});
