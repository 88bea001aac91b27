// The lines before a run: what is trained, where, and what is worth knowing.
import { findModality } from '../recipes/modalities/registry.js';
import type { RunEvent } from '../recipes/index.js';
import { duration, plain, shownPath, wrap } from './format.js';
import type { Screen } from './screen.js';

/** The first event of a run of any kind. */
export type Start = Extract<RunEvent, { type: 'start' }>;

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
  const say = (text: string) => screen.note(wrap(plain(text), screen.noteColumns, '  '));
  const [size = '', ...sentences] = findModality(start.kind).describe(input);
  say(`${shownPath(input.file, cwd)} ${size}, ${strategies}, ${settings.steps} steps`);
  sentences.forEach(say);
  const reason = start.deviceReason === '' ? '' : ` (${start.deviceReason})`;
  say(`Training on ${start.device}${reason}; writing to ${out}`);
  if (start.estimatedSeconds !== undefined)
    say(`Training will take about ${duration(start.estimatedSeconds)}.`);
  if (start.resumedFrom > 0) say(`Going on after step ${start.resumedFrom}.`);
  notes(notesOf(start), screen);
}

/** What a run has to note, once. */
export function notesOf(start: Start): string[] {
  return [...new Set(start.notes)];
}

/** Things worth knowing that are not errors. */
export function notes(lines: readonly string[], screen: Screen): void {
  for (const line of lines)
    screen.note(screen.notePaint.yellow(wrap(plain(`Note: ${line}`), screen.noteColumns, '  ')));
}
