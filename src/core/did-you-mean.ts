// "Did you mean …?": the nearest known word by Damerau–Levenshtein distance (insertions, deletions,
// substitutions and swaps of neighbours), if it is near enough to be a slip of the fingers.

/** Edits between two words, a swap of neighbouring letters counting as one (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) best = Math.min(best, beforeLast[j - 2]! + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}

/**
 * The nearest of `known`, or undefined when the nearest is more than two edits in five letters away.
 * @throws never
 * @example
 * console.log(closest('ratoi', ['ratio', 'steps'])); // ratio
 */
export function closest(word: string, known: readonly string[]): string | undefined {
  const asked = word.toLowerCase();
  const limit = Math.max(1, Math.round(asked.length * 0.4));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of known) {
    const distance = editDistance(asked, candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/**
 * ` Did you mean X?`, or nothing.
 * @throws never
 * @example
 * throw new ArgumentError(`unknown setting.${didYouMean('ratoi', ['ratio', 'steps'])}`);
 */
export function didYouMean(word: string, known: readonly string[], show = (found: string) => found): string {
  const found = closest(word, known);
  return found === undefined ? '' : ` Did you mean ${show(found)}?`;
}
