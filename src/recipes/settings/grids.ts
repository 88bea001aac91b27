// What the settings of a hash grid cannot be together, told before anything is written.

type Values = Readonly<Record<string, unknown>>;

/** The finest cells are no coarser than the coarsest. */
export function resolutionProblems({ baseResolution, finestResolution }: Values): string[] {
  if (!(Number(finestResolution) < Number(baseResolution))) return [];
  return [
    `finestResolution: got ${String(finestResolution)}, expected at least baseResolution (${String(baseResolution)})`,
  ];
}

/** Few layers follow a grid that maps coordinates to values. @param grids names of the backbones that have one */
export function depthProblems({ backbone, depth }: Values, grids: readonly string[]): string[] {
  if (depth === 1 || depth === 2 || !grids.some((name) => name === backbone)) return [];
  return [
    `depth: got ${String(depth)}, expected 1 or 2 with backbone ${String(backbone)}; its detail is in the grid: raise levels ` +
      'or finestResolution, or use another backbone',
  ];
}
