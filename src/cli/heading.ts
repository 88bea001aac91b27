// The lines before a run: what is trained, where, and what is worth knowing.
import type { ImageMetrics, MeshMetrics } from '../recipes/runs/artifacts.js';
import type { SceneInfo } from '../recipes/modalities/scene/metrics.js';
import type { FitEvent } from './environment.js';
import { shownPath, wrap } from './format.js';
import type { Screen } from './screen.js';

/** The first event of a run of any kind. */
export type Start = Extract<FitEvent, { type: 'start' }>;

/**
 * Says what a run is about to do.
 * @param strategies which strategies run, in words
 * @param out the folder to name, as the user would type it
 */
export function heading(
  start: Start,
  { strategies, out, cwd }: { readonly strategies: string; readonly out: string; readonly cwd: string },
  screen: Screen,
): void {
  const { input, settings } = start;
  const say = (text: string) => screen.note(wrap(text, screen.noteColumns, '  '));
  const what = sizeOf(input);
  say(`${shownPath(input.file, cwd)} ${what}, ${strategies}, ${settings.steps} steps`);
  if ('triangles' in input) say(`Inside told from outside by ${input.signReason}`);
  if ('photographs' in input) say(`Where things are: ${input.extent}`);
  const reason = start.deviceReason === '' ? '' : ` (${start.deviceReason})`;
  say(`Training on ${start.device}${reason}; writing to ${out}`);
  if (start.resumedFrom > 0) say(`Going on after step ${start.resumedFrom}.`);
  notes(notesOf(start), screen);
}

function sizeOf(input: Start['input']): string {
  if ('triangles' in input) return meshSize(input);
  return 'photographs' in input ? sceneSize(input) : imageSize(input);
}

function sceneSize({ photographs: { train, test }, sizes }: SceneInfo): string {
  const [size = '', ...others] = Object.keys(sizes);
  const shown = `${size.replace('×', 'x')}${others.length > 0 ? ' and other sizes' : ''}`;
  return `${train} photograph${train === 1 ? '' : 's'} of ${shown}, ${test} held out`;
}

function imageSize({ width, height, originalWidth, originalHeight }: ImageMetrics['input']): string {
  const same = width === originalWidth && height === originalHeight;
  return `${width}x${height}${same ? '' : ` (from ${originalWidth}x${originalHeight})`}`;
}

function meshSize({ triangles, watertight }: MeshMetrics['input']): string {
  const count = triangles.toLocaleString('en-GB');
  return `${count} triangle${triangles === 1 ? '' : 's'}, ${watertight ? 'watertight' : 'not watertight'}`;
}

/** What a run has to note; what is wrong with a mesh or a scene among it, once. */
export function notesOf(start: Start): string[] {
  const warnings = 'warnings' in start.input ? start.input.warnings : [];
  return [...new Set([...warnings, ...start.notes])];
}

/** Things worth knowing that are not errors. */
export function notes(lines: readonly string[], screen: Screen): void {
  for (const line of lines)
    screen.note(screen.notePaint.yellow(wrap(`Note: ${line}`, screen.noteColumns, '  ')));
}
