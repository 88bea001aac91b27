// The rivals that the official EVOS code compares itself with, beside the numbers that code gives.
import { describe, expect, it } from 'vitest';
import { Canny, otsu } from '../../src/core/numeric/canny.js';
import { edgeOdds, moveEdges } from '../../src/core/selectors/egra.js';
import { dilate, expansive, searchAsReleased } from '../../src/core/selectors/expansive.js';
import { int } from '../../src/core/selectors/int.js';
import { priorOf } from '../../src/image/edges.js';
import { createImage, type Image } from '../../src/image/index.js';
import { loadImage } from '../../src/image/files/index.js';
import { golden, referenceFile } from '../support/reference-data.js';
import { sorted } from '../core/oracle.js';

interface Jittered {
  readonly hot_indices: readonly number[];
  readonly hot_count: number;
  readonly prob_hot: number;
  readonly prob_other: number;
}

interface Egra {
  readonly edge_indices: readonly number[];
  readonly init_prob_edge: number;
  readonly init_prob_other: number;
  readonly recalc_all6: Jittered;
  readonly recalc_cycle6789: Jittered;
}

interface Expansive {
  readonly anchor_ratio: number;
  readonly use_ratio: number;
  readonly otsu_threshold: number;
  /** Lower and upper threshold, and the share of edges; '...' where some are left out. */
  readonly canny_trace_low_high_area: readonly (
    readonly [number, number, number] | readonly ['...', number]
  )[];
  readonly canny_calls: number;
  readonly edge_indices: readonly number[] | null;
  readonly edge_count: number;
  readonly dilated_indices: readonly number[] | null;
  readonly dilated_count: number;
  readonly source_num: number;
  readonly selected_total: number;
}

interface Baselines {
  readonly width: number;
  readonly height: number;
  readonly img: readonly number[];
  readonly egra: Egra & { readonly gray: readonly number[] };
  readonly expansive: readonly Expansive[];
  readonly div2k_00_256: { readonly egra: Egra; readonly expansive: readonly Expansive[] };
  readonly int_topk: {
    readonly ratio: number;
    readonly n: number;
    readonly gt: readonly number[];
    readonly pred: readonly number[];
    readonly dif: readonly number[];
    readonly topk_set: readonly number[];
  };
}

const data = golden<Baselines>('baselines');
const crop = referenceFile('data/image/div2k/00.png');

/** Whole numbers where an array of marks is 1. */
const marked = (marks: Uint8Array): number[] => [...marks.keys()].filter((i) => marks[i] === 1);

function small(): Image {
  return createImage({ width: data.width, height: data.height, channels: 3 }, Uint8Array.from(data.img));
}

/** The centre 256×256 of the first picture of DIV2K. */
async function large(): Promise<Image> {
  return loadImage(crop ?? '', { crop: 256 });
}

function compareEgra(image: Image, expected: Egra): void {
  const luma = priorOf(image, 'luma');
  const edges = Uint32Array.from(marked(new Canny(luma, image).edges(30, 40)));
  expect([...edges]).toEqual(expected.edge_indices);
  const size = luma.length;
  const probability = (hot: number): [number, number] => {
    const odds = edgeOdds(0.0025);
    return [odds / (odds * hot + size - hot), 1 / (odds * hot + size - hot)];
  };
  const near = ([edge, other]: readonly [number, number], wanted: readonly [number, number]): void => {
    expect(edge / wanted[0]).toBeCloseTo(1, 6);
    expect(other / wanted[1]).toBeCloseTo(1, 6);
  };
  near(probability(edges.length), [expected.init_prob_edge, expected.init_prob_other]);
  const marks = new Uint8Array(size);
  let rank = 0;
  for (const [jittered, offset] of [
    [expected.recalc_all6, () => 6],
    [expected.recalc_cycle6789, () => 6 + (rank++ % 4)],
  ] as const) {
    moveEdges(edges, offset, marks);
    expect(marked(marks)).toEqual(jittered.hot_indices);
    near(probability(jittered.hot_count), [jittered.prob_hot, jittered.prob_other]);
  }
}

function compareExpansive(image: Image, expected: Expansive): void {
  const luma = priorOf(image, 'luma');
  const canny = new Canny(luma, image);
  expect(otsu(luma)).toBe(expected.otsu_threshold);
  const { edges, tried } = searchAsReleased(canny, expected.otsu_threshold, expected.anchor_ratio);
  expect(tried).toHaveLength(expected.canny_calls);
  expected.canny_trace_low_high_area.forEach((entry, i, { length }) => {
    if (entry[0] === '...') return;
    const at = i < 6 || length < 7 ? i : tried.length - length + i;
    expect(tried[at]).toBeCloseTo(entry[1], 6);
    const share = marked(canny.edges(entry[0], entry[1])).length / luma.length;
    expect(share).toBe(entry[2]);
  });
  const wide = dilate(edges, image);
  expect(marked(edges)).toHaveLength(expected.edge_count);
  expect(marked(wide)).toHaveLength(expected.dilated_count);
  if (expected.edge_indices !== null) expect(marked(edges)).toEqual(expected.edge_indices);
  if (expected.dilated_indices !== null) expect(marked(wide)).toEqual(expected.dilated_indices);
  const { width, height } = image;
  const selector = expansive({
    size: luma.length,
    shape: [height, width],
    prior: () => luma,
    ratio: expected.use_ratio,
  });
  const first = selector.next().indices.slice();
  // The official code rounds both parts down; here the random ones fill the step up.
  expect(first).toHaveLength(Math.floor(expected.use_ratio * luma.length));
  expect([0, 1]).toContain(first.length - expected.selected_total);
  const second = new Set(selector.next().indices);
  const anchors = [...first].filter((i) => wide[i] === 1 && second.has(i));
  const share = Math.floor(expected.anchor_ratio * luma.length);
  expect(anchors.length).toBeGreaterThanOrEqual(share);
  expect([0, 1]).toContain(new Set(first).size - share - expected.source_num);
}

describe('EGRA', () => {
  it("has OpenCV's luma", () => {
    expect([...priorOf(small(), 'luma')]).toEqual(data.egra.gray);
  });

  it('has its edges, wherever they are moved, and its probabilities', () => {
    compareEgra(small(), data.egra);
  });

  it.skipIf(crop === undefined)('the same for a real picture', async () => {
    compareEgra(await large(), data.div2k_00_256.egra);
  });
});

describe('expansive supervision', () => {
  it.each(data.expansive)('finds its edges for $anchor_ratio of the pixels', (expected) => {
    compareExpansive(small(), expected);
  });

  it.skipIf(crop === undefined).each(data.div2k_00_256.expansive)(
    'the same for $anchor_ratio of a real picture',
    async (expected) => {
      compareExpansive(await large(), expected);
    },
  );
});

describe('INT', () => {
  it('keeps the samples of the largest absolute differences', () => {
    const { ratio, n, dif, topk_set } = data.int_topk;
    const selector = int({ size: data.width * data.height, steps: 100, ratio });
    const looking = selector.next();
    expect(looking).toMatchObject({
      pass: 'score',
      whole: true,
      wants: ['absolute'],
      awaited: true,
      step: 1,
    });
    selector.report(looking, { absolute: Float32Array.from(dif) });
    const training = selector.next();
    expect(training).toMatchObject({ pass: 'train', step: 1, size: n, wants: [] });
    expect(sorted(training.indices)).toEqual(sorted(topk_set));
  });
});
