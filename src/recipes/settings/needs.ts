// What strategies and backbones need, where a kind of input lacks it, in words: for messages and for the documents' tables.

const words: Readonly<Record<string, string>> = {
  views: 'needs photographs to tell apart',
  layout: 'needs samples in tiles',
  prior: 'needs edges that are known before training',
  nearest: 'needs samples that lie on a grid, to find the nearest',
  grid: 'needs inputs of two or three coordinates',
  lattice: 'needs samples that are all the points of a regular grid',
  file: 'needs the file of a network, from coordinates to values',
  rays: 'needs rays: it takes a direction beside the place',
};

/** What something needs, the needs that are known here, as one phrase; empty where there are none. */
export const needsInWords = (needs: readonly string[]): string =>
  needs.flatMap((need) => words[need] ?? []).join('; ');
