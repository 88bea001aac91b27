// When a run's curve first came to a quality.

/**
 * Training seconds at which a history first reaches a quality, interpolated linearly between measurements; null when it
 * never does. Before the first measurement the quality is unknown, so that measurement's own time is the least answer.
 */
export function secondsToReach<Entry extends { readonly seconds: number }>(
  history: readonly Entry[],
  quality: (entry: Entry) => number,
  wanted: number,
): number | null {
  const at = history.findIndex((entry) => quality(entry) >= wanted);
  const reached = history[at];
  if (reached === undefined) return null;
  const before = history[at - 1];
  if (before === undefined) return reached.seconds;
  const share = (wanted - quality(before)) / (quality(reached) - quality(before));
  return before.seconds + share * (reached.seconds - before.seconds);
}
