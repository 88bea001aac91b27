// Runs work on many items, a few at a time.

/**
 * Does something for every item, a few at a time, and answers in the items' order.
 * @throws what the first of the items threw, in their order, that failed; others are not begun then
 */
export async function inParallel<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const failures = new Map<number, unknown>();
  let next = 0;
  const run = async (): Promise<void> => {
    while (next < items.length && failures.size === 0) {
      const index = next++;
      try {
        results[index] = await work(items[index]!, index);
      } catch (error) {
        failures.set(index, error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, run));
  if (failures.size > 0) throw failures.get(Math.min(...failures.keys()));
  return results;
}
