// How close renderings come to photographs that were not trained on: PSNR and SSIM of each, and their means.
import { InputError } from '../../../core/errors.js';
import { imageDefaults, psnr, ssim } from '../../../image/index.js';
import type { RayPool } from '../../../nerf/index.js';
import { exactPsnr } from '../../runs/metrics.js';
import type { SceneFigures, SceneViewQuality } from './metrics.js';
import type { Waiting } from '../../runs/modality.js';
import { renderView, type RenderedView, type SceneRenderer } from './render-views.js';

/** The figures of several: means of the views' own, as NeRF's literature has it, and not those of their mean error. */
export interface SceneQuality extends SceneFigures {
  readonly views: readonly SceneViewQuality[];
}

/** A view that was measured, as it was measured; the arrays are the callee's to keep. */
export interface MeasuredView extends SceneViewQuality {
  /** Its place in the pool. */
  readonly view: number;
  readonly rendered: RenderedView;
  /** `[height, width, 3]`: the photograph over the pool's background. */
  readonly photograph: Uint8Array;
}

/** What measuring takes. */
export interface MeasureOptions extends Waiting {
  /** Given each view while its pictures are at hand, so that they need not be rendered twice. */
  readonly onView?: (measured: MeasuredView) => Promise<void> | void;
}

/**
 * Renders views and compares them with their photographs, one at a time, so that the pool's budget holds for any number.
 *
 * Where a mask lies over pixels, PSNR leaves them out, and SSIM, whose windows need something everywhere, has the
 * photograph there. A view that is masked all over is not measured.
 *
 * @param pool of the photographs to compare with
 * @param views by their place in the pool; default: all
 * @throws InputError when no view can be measured, or a photograph cannot be read; else as `renderView`
 */
export async function measureViews(
  renderer: SceneRenderer,
  pool: Pick<RayPool, 'cameras' | 'load' | 'picture' | 'excluded' | 'firstOfView'>,
  views: ArrayLike<number> = pool.cameras.map((_, i) => i),
  { signal, onProgress, onView }: MeasureOptions = {},
): Promise<SceneQuality> {
  const measured: SceneViewQuality[] = [];
  for (let i = 0; i < views.length; i++) {
    const view = views[i]!;
    const camera = pool.cameras[view]!;
    await pool.load([view]);
    const photograph = pool.picture(view);
    const rendered = await renderView(renderer, camera, {
      ...(signal && { signal }),
      onProgress: (share) => onProgress?.((i + share) / views.length),
    });
    const figures = compare(rendered, photograph, maskedPixels(pool, view));
    if (figures === undefined) continue;
    const quality = { name: camera.name, ...figures };
    measured.push(quality);
    await onView?.({ ...quality, view, rendered, photograph });
  }
  if (measured.length === 0) {
    throw new InputError(
      `got ${views.length} photographs to measure with, masked all over; expected some of their pixels to count; hold ` +
        'out others, or look at the masks (what they mark may be the other way round)',
    );
  }
  const similarities = measured.flatMap((one) => (one.ssim === null ? [] : [one.ssim]));
  return {
    psnr: mean(measured.map((one) => one.psnr)),
    ssim: similarities.length === 0 ? null : mean(similarities),
    views: measured,
  };
}

/** Undefined where no pixel counts. */
function compare(
  { colours, width, height }: RenderedView,
  photograph: Uint8Array,
  masked: Uint8Array | undefined,
): Omit<SceneViewQuality, 'name'> | undefined {
  const windowed = Math.min(width, height) >= 2 * imageDefaults.ssimRadius + 1;
  const layout = { width, height, channels: 3 } as const;
  const similarity = (render: Uint8Array): number | null =>
    windowed ? ssim(photograph, render, layout) : null;
  const decibels = (a: Uint8Array, b: Uint8Array): number => Math.min(exactPsnr, psnr(a, b));
  if (masked === undefined) return { psnr: decibels(photograph, colours), ssim: similarity(colours) };
  const counts = (_: number, i: number): boolean => masked[Math.floor(i / 3)] === 0;
  const [ofPhotograph, ofRender] = [photograph.filter(counts), colours.filter(counts)];
  if (ofPhotograph.length === 0) return undefined;
  const covered = colours.map((value, i) => (counts(value, i) ? value : photograph[i]!));
  return { psnr: decibels(ofPhotograph, ofRender), ssim: similarity(covered) };
}

/** 1 for each masked pixel of a view; undefined where none is. */
function maskedPixels(
  { cameras, excluded, firstOfView }: Pick<RayPool, 'cameras' | 'excluded' | 'firstOfView'>,
  view: number,
): Uint8Array | undefined {
  if (excluded === undefined || cameras[view]!.mask === undefined) return undefined;
  const first = firstOfView[view]!;
  return Uint8Array.from({ length: firstOfView[view + 1]! - first }, (_, i) => (excluded(first + i) ? 1 : 0));
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
