// Pieces that both reports are put together from: headline figures, settings, machine, and pictures to compare.
import { ArgumentError } from '../../core/index.js';
import type { HistoryEntry, ImageMetrics } from '../artifacts.js';
import { compareSettings, fitImageSettings } from '../options.js';
import { heatColours } from '../../image/index.js';
import { count, dateTime, fixed, plural, scientific } from './format.js';
import { html, nothing, pngUrl, raw, type Html } from './html.js';

/** One headline figure. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly unit?: string;
  /** What exactly it is, in a sentence. */
  readonly note: string;
  readonly main?: boolean;
}

/** A picture with what stands under it. */
export interface Picture {
  readonly png: Uint8Array;
  /** For those who cannot see it. */
  readonly alt: string;
  readonly title: string;
  readonly text: Html | string;
  readonly legend?: Html;
}

/** How a selection map, drawn as heat map, is to be read: how often pixels were trained on. */
export interface SelectionScale {
  /** Steps that trained the pixel trained least; the darkest colour. */
  readonly min: number;
  /** Steps that trained the pixel trained most. */
  readonly max: number;
  /** The number of steps from which on pixels show the brightest colour. */
  readonly high: number;
}

/** A titled section; `long` ones may break over printed pages. */
export function section(
  title: string,
  content: readonly Html[],
  options: { readonly long?: boolean } = {},
): Html {
  return html`<section${options.long === true ? html` class="long"` : nothing}><h2>${title}</h2>
${content}
</section>
`;
}

/** The headline figures as a list of names and values. */
export function figureList(figures: readonly Figure[]): Html {
  return html`<dl class="figures">
    ${figures.map(
      ({ name, value, unit, note, main }) => html`
<div${main === true ? html` class="main"` : nothing}><dt>${name}</dt><dd class="value">${value}${
        unit === undefined ? nothing : html` <small>${unit}</small>`
      }</dd><dd>${note}</dd></div>`,
    )}
  </dl> `;
}

/** Names and values, one per line. */
export function facts(entries: readonly (readonly [string, string | Html])[]): Html {
  return html`<dl class="facts">
    ${entries.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl> `;
}

/** A few words to choose from, of which one is on. */
export function choice(
  name: string,
  legend: string,
  options: readonly (readonly [value: string, label: string])[],
): Html {
  return html`<fieldset class="choice">
    <legend>${legend}</legend>
    ${options.map(
      ([value, label], i) =>
        html`<label
          ><input type="radio" name="${name}" value="${value}" ${i === 0 ? html` checked` : nothing} /><span
            >${label}</span
          ></label
        >`,
    )}
  </fieldset> `;
}

/** Pictures of one size beside one another, which zoom together. */
export function zoomGroup(name: string, pictures: readonly Picture[], width: number): Html {
  return html`<div class="zoom">
    ${choice(
      name,
      'Zoom',
      ['1', '2', '4', '8'].map((scale) => [scale, `${scale}×`] as const),
    )}
    <p class="note hint">
      Zoomed in, all pictures follow the pointer together; with the keyboard, the arrow keys on a picture move
      them.
    </p>
    ${pictureGrid(pictures, width, true)}
  </div> `;
}

function pictureGrid(pictures: readonly Picture[], width: number, focusable: boolean): Html {
  return html`<div class="pictures">
    ${pictures.map(
      ({ png, alt, title, text, legend }) =>
        html` <figure>
          <div class="frame" ${focusable ? html` role="group" aria-label="${title}"` : nothing}>
            <img class="${sharpness(width, 320)}" src="${pngUrl(checked(png, title))}" alt="${alt}" />
          </div>
          <figcaption><b>${title}</b> ${text}${legend ?? nothing}</figcaption>
        </figure>`,
    )}
  </div> `;
}

/** Two pictures of one size in one place, with a slider between them; small ones are enlarged by whole factors. */
export function beforeAfter(
  original: Uint8Array,
  reconstruction: Uint8Array,
  size: { readonly width: number; readonly height: number },
  alt: { readonly original: string; readonly reconstruction: string },
): Html {
  const { width, height } = size;
  const enlargement = Math.max(1, Math.floor(Math.min(880 / width, 640 / height)));
  const dimensions = html`width="${width}" height="${height}"`;
  const sharp = sharpness(width, 880);
  return html`<div class="slider" style="--wide: ${width * enlargement}px">
    <img
      class="before ${sharp}"
      ${dimensions}
      src="${pngUrl(checked(original, 'original'))}"
      alt="${alt.original}"
    />
    <img
      class="after ${sharp}"
      ${dimensions}
      src="${pngUrl(checked(reconstruction, 'reconstruction'))}"
      alt="${alt.reconstruction}"
    />
    <span class="side left" aria-hidden="true">original</span
    ><span class="side right" aria-hidden="true">reconstruction</span>
    <span class="grip" aria-hidden="true">↔</span>
    <input
      type="range"
      min="0"
      max="100"
      value="50"
      step="0.5"
      aria-label="Share of the picture that shows the original, in per cent"
    />
  </div> `;
}

/** The key to a selection map's colours. */
export function selectionLegend({ min, max, high }: SelectionScale): Html {
  if (min === max) return html` Every pixel was trained on at ${plural(min, 'step')}.`;
  const top = `${count(high)}${max > high ? '+' : ''} steps`;
  return html`<span class="ramp" role="img" aria-label="From dark, ${count(min)}, to bright, ${top}"
      ><span>${count(min)}</span><i style="background: linear-gradient(to right, ${raw(rampColours())})"></i
      ><span>${top}</span></span
    >
    ${max > high ? `At most ${count(max)} steps; the rarest are cut off so that the others can be told apart.` : nothing}`;
}

/** Nine of the heat map's colours: between them a gradient differs from it by less than can be seen. */
function rampColours(): string {
  const picked = Array.from({ length: 9 }, (_, i) => Math.round((i / 8) * (heatColours.length / 3 - 1)) * 3);
  return picked.map((at) => `rgb(${heatColours.subarray(at, at + 3).join(' ')})`).join(', ');
}

type Described = Readonly<Record<string, unknown>>;

/** Every setting with its value and meaning; those that differ from the default stand out. */
export function settingsList(
  settings: Described,
  schema: typeof fitImageSettings | typeof compareSettings,
  usual: object,
): Html {
  const defaults: Described = { ...usual };
  const shape: Readonly<Record<string, { readonly description?: string | undefined }>> = schema.shape;
  const rows = Object.keys(shape).map((key) => {
    const value = settings[key];
    const changed = JSON.stringify(value) !== JSON.stringify(defaults[key]);
    return html`
<div${changed ? html` class="changed"` : nothing}><dt>${key}</dt><dd>${shown(value)}</dd><dd>${shape[key]?.description ?? ''}${
      changed && defaults[key] !== undefined ? ` (default ${shown(defaults[key])})` : ''
    }</dd></div>`;
  });
  return html`<dl class="settings">${rows}</dl> `;
}

/** What it ran on. */
export function machineFacts(run: {
  readonly device: string;
  readonly workers: number;
  readonly microBatch?: number;
  readonly machine: ImageMetrics['machine'];
}): readonly (readonly [string, string])[] {
  const { device, workers, microBatch, machine } = run;
  return [
    ['Device', workers > 0 ? `${device}, ${workers} worker thread${workers === 1 ? '' : 's'}` : device],
    ['Processor', `${machine.cpu}, ${machine.cores} core${machine.cores === 1 ? '' : 's'}`],
    ...(microBatch === undefined ? [] : ([['Micro-batch', `${count(microBatch)} samples`]] as const)),
    ['Node.js', machine.node],
    ['Date', dateTime(machine.date)],
  ];
}

/** What was trained on. */
export function inputFact(input: ImageMetrics['input']): string {
  const size = `${input.width} × ${input.height} pixels, ${input.channels} channel${input.channels === 1 ? '' : 's'}`;
  const same = input.width === input.originalWidth && input.height === input.originalHeight;
  return same ? size : `${size}; the file has ${input.originalWidth} × ${input.originalHeight}`;
}

/** A run's history as numbers, folded away where the curves can be seen. */
export function historyTable(title: string, history: readonly HistoryEntry[]): Html {
  const head = ['Step', 'Training s', 'PSNR dB', 'PSNR dB, image peak', 'SSIM', 'Loss', 'Share'];
  return html`<details class="numbers screen" open>
    <summary>${title}</summary>
    <div class="scroll" tabindex="0" role="region" aria-label="${title}">
      <table>
        <thead>
          <tr>
            ${head.map((name) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${history.map(
            (entry) =>
              html` <tr>
                <th scope="row">${count(entry.step)}</th>
                <td>${fixed(entry.seconds, 2)}</td>
                <td>${fixed(entry.psnr, 2)}</td>
                <td>${fixed(entry.psnrImagePeak, 2)}</td>
                <td>${fixed(entry.ssim, 4)}</td>
                <td>${scientific(entry.loss)}</td>
                <td>${fixed(entry.ratio, 3)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details> `;
}

/** The command that repeats the run, or which function does where no command can. */
export function repeatWith(command: string | undefined, call: 'fitImage' | 'compare'): Html {
  if (command !== undefined) {
    // Lines break between options, never at their dashes.
    const words = command.split(/ (?=--)/).map((word) => html`<span>${word}</span> `);
    return html`<pre><code>${words}</code></pre>`;
  }
  return html`<p>
    A selector of one’s own took part, which the command line cannot name: call <code>${call}</code> from
    <code>evos/recipes</code> with that selector and the settings above.
  </p>`;
}

/** What readers without scripts see in place of the curves. */
export const withoutScripts = html`<noscript
  ><p class="note">
    The curves need scripts, which are off here; the same numbers stand in the tables below.
  </p></noscript
> `;

function shown(value: unknown): string {
  if (value === undefined) return 'none';
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Enlarged pictures keep their pixels sharp: smoothing would flatter the reconstruction. */
const sharpness = (width: number, displayed: number): string => (width < displayed ? 'pixelated' : '');

function checked(png: Uint8Array, name: string): Uint8Array {
  if (png.length < 8 || png[0] !== 0x89 || png[1] !== 0x50 || png[2] !== 0x4e || png[3] !== 0x47) {
    throw new ArgumentError(
      `the picture "${name}" of the report: got ${png.length} bytes that are no PNG, expected a PNG file`,
    );
  }
  return png;
}
