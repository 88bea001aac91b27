// Which triangle each point of a picture shows: a depth buffer, filled triangle by triangle. Shading comes later and only
// for what is seen, so that a mesh of millions costs little more than a pass over its triangles.

/**
 * Finds the nearest triangle at the centre of every point. Triangles that reach behind the camera are left out.
 * @param screen `[V, 3]`: picture coordinates and one over the distance, 0 for what is not in front of the camera
 * @returns the number of the triangle that each point shows, plus one; 0 where there is none
 */
export function rasterise(
  screen: Float32Array,
  triangles: Uint32Array,
  width: number,
  height: number,
): Uint32Array {
  const nearest = new Float32Array(width * height);
  const triangle = new Uint32Array(width * height);
  for (let f = 0; f < triangles.length; f += 3) {
    const a = 3 * triangles[f]!;
    const b = 3 * triangles[f + 1]!;
    const c = 3 * triangles[f + 2]!;
    const az = screen[a + 2]!;
    const bz = screen[b + 2]!;
    const cz = screen[c + 2]!;
    if (az === 0 || bz === 0 || cz === 0) continue;
    const ax = screen[a]!;
    const ay = screen[a + 1]!;
    const bx = screen[b]!;
    const by = screen[b + 1]!;
    const cx = screen[c]!;
    const cy = screen[c + 1]!;
    // Points are sampled at their centres: most small triangles cover none and end here.
    const x0 = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - 0.5));
    const x1 = Math.min(width - 1, Math.floor(Math.max(ax, bx, cx) - 0.5));
    if (x0 > x1) continue;
    const y0 = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5));
    const y1 = Math.min(height - 1, Math.floor(Math.max(ay, by, cy) - 0.5));
    if (y0 > y1) continue;
    const area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
    if (area === 0) continue;
    const factor = 1 / area;
    // Barycentric coordinates are linear in the picture, and so is one over the distance.
    const ua = (by - cy) * factor;
    const va = (cx - bx) * factor;
    const ub = (cy - ay) * factor;
    const vb = (ax - cx) * factor;
    for (let y = y0; y <= y1; y++) {
      const dy = y + 0.5 - cy;
      for (let x = x0; x <= x1; x++) {
        const dx = x + 0.5 - cx;
        const wa = ua * dx + va * dy;
        const wb = ub * dx + vb * dy;
        const wc = 1 - wa - wb;
        // A hair's breadth more than the triangle: neighbours must not leave a gap between them.
        if (wa < -seam || wb < -seam || wc < -seam) continue;
        const inverse = wa * az + wb * bz + wc * cz;
        const at = x + width * y;
        if (inverse > nearest[at]!) {
          nearest[at] = inverse;
          triangle[at] = f / 3 + 1;
        }
      }
    }
  }
  return triangle;
}

const seam = 1e-7;
