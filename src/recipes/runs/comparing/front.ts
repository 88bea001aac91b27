// The Pareto front: of places with a cost and a value, those that no other place beats in both.

/** What something costs, and what it is worth. */
export interface Place {
  readonly cost: number;
  readonly value: number;
}

/** The places that no other one beats, by rising cost. */
export function front<Each extends Place>(places: readonly Each[]): Each[] {
  const known = places.filter(({ cost, value }) => Number.isFinite(cost) && Number.isFinite(value));
  const sorted = known.sort((a, b) => a.cost - b.cost || b.value - a.value);
  const best: Each[] = [];
  for (const place of sorted) if (place.value > (best.at(-1)?.value ?? -Infinity)) best.push(place);
  return best;
}
