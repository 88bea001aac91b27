// What a reader of one format hands on: the file's own numbers, as precise as the file, before anything is joined or moved.

/** A mesh as it stands in a file, all meshes and transforms in one frame. Indices are in range. */
export interface RawMesh {
  /** `[V, 3]`: float32 where the file holds float32, else float64. */
  readonly positions: Float32Array | Float64Array;
  /** `[F, 3]`. */
  readonly triangles: Uint32Array;
  /** What was passed over or put right, a sentence each. */
  readonly notes: readonly string[];
}

/** `1 face`, `1,200 faces`. */
export function counted(count: number, thing: string): string {
  return `${count.toLocaleString('en')} ${thing}${count === 1 ? '' : 's'}`;
}
