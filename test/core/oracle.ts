// Plain, slow, obviously right versions of the core's fast paths: sort everything, copy everything.

/** Sample indices by falling value; equal values by rising index. */
export function ranking(values: ArrayLike<number>): number[] {
  return Array.from({ length: values.length }, (_, i) => i).sort(
    (a, b) => at(values, b) - at(values, a) || a - b,
  );
}

/** The k largest, as a set in ascending index order. */
export function topK(values: ArrayLike<number>, k: number): number[] {
  return ranking(values)
    .slice(0, k)
    .sort((a, b) => a - b);
}

/** The order of `select` crossover over all samples, unselected first, fittest last. */
export function selectOrder(
  errors: ArrayLike<number>,
  frequency: ArrayLike<number>,
  weight: number,
  k: number,
): number[] {
  const byError = ranking(errors);
  const byFrequency = ranking(frequency);
  const a = byError.slice(0, k);
  const b = byFrequency.slice(0, k);
  const shared = a.filter((i) => b.includes(i));
  const meanError = mean(errors);
  const total = meanError + weight * mean(frequency);
  const places = k - shared.length;
  const forError = total > 0 ? Math.floor(places * (meanError / total)) : places;
  const errorOnly = a.filter((i) => !b.includes(i)).slice(0, forError);
  const frequencyOnly = b.filter((i) => !a.includes(i)).slice(0, places - forError);
  const chosen = new Set([...shared, ...errorOnly, ...frequencyOnly]);
  const rest = byError.filter((i) => !chosen.has(i));
  return [...rest.reverse(), ...frequencyOnly.reverse(), ...errorOnly.reverse(), ...shared.reverse()];
}

/** The element at an index that is known to be there. */
export function at<T>(values: ArrayLike<T>, index: number): T {
  const value = values[index];
  if (value === undefined) throw new RangeError(`no element ${index} in ${values.length}`);
  return value;
}

/** In ascending order, as plain numbers. */
export function sorted(indices: Iterable<number>): number[] {
  return [...indices].sort((a, b) => a - b);
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += at(values, i);
  return sum / values.length;
}
