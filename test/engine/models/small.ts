// Settings that keep networks small, by the names that any backbone may have.
const small: Readonly<Record<string, number | string>> = {
  width: 8,
  depth: 1,
  levels: 2,
  log2TableSize: 5,
  baseResolution: 2,
  finestResolution: 4,
  omega: 8,
  sigma: 1.5,
  features: 6,
  frequencies: 2,
  directionFrequencies: 2,
};

/** Points along each axis, for networks of a grid: five are held in six. */
export const shapeOf = (axes: number): number[] => Array<number>(axes).fill(5);

/** Those of them that a backbone has. */
export const smallest = (settings: object): Record<string, number | string> =>
  Object.fromEntries(Object.entries(small).filter(([name]) => name in settings));
