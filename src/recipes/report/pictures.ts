// Pictures of a report: beside one another and zooming together, or one over the other with a slider, and the keys to
// their colours.
import { ArgumentError } from '../../core/errors.js';
import { heatColours } from '../../image/index.js';
import { count, plural } from './format.js';
import { html, imageUrl, isPng, isWebp, nothing, raw, type Html } from './html.js';
import { choice } from './parts.js';

/** One of `of` pictures of one size that lie side by side in a file. */
export interface Part {
  readonly index: number;
  readonly of: number;
}

/** A picture with what stands under it. */
export interface Picture {
  /** A PNG or WebP file; of a WebP the whole is shown. */
  readonly png: Uint8Array;
  /** For those who cannot see it. */
  readonly alt: string;
  readonly title: string;
  readonly text: Html | string;
  readonly legend?: Html;
  /** Shows one of several pictures that lie side by side in the file, counted from 0. */
  readonly part?: Part;
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

/**
 * Whether enlarged pictures keep their pixels sharp. Those of an image fit do (given the width in pixels), since
 * smoothing would flatter the reconstruction; drawings of a mesh are `smooth`.
 */
export type Enlarging = number | 'smooth';

/** Pictures of one size beside one another, which zoom together. */
export function zoomGroup(name: string, pictures: readonly Picture[], enlarging: Enlarging): Html {
  return zoomGroups(name, [{ pictures }], enlarging);
}

/** Several rows of pictures, which zoom together by one choice. */
export function zoomGroups(
  name: string,
  groups: readonly { readonly title?: string; readonly pictures: readonly Picture[] }[],
  enlarging: Enlarging,
): Html {
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
    ${groups.map(
      ({ title, pictures }) =>
        html`${title === undefined ? nothing : html`<h3 class="view">${title}</h3>`}
        ${pictureGrid(pictures, enlarging, groups.length > 1)}`,
    )}
  </div> `;
}

function pictureGrid(
  pictures: readonly Picture[],
  enlarging: Enlarging,
  /** One of many rows, which a narrow page is to hold two by two. */
  isRow: boolean,
): Html {
  // Two drawings are looked at; many pictures are compared.
  const large = enlarging === 'smooth' && pictures.length < 3;
  return html`<div class="pictures${isRow ? ' row' : large ? ' large' : ''}">
    ${pictures.map(
      ({ png, alt, title, text, legend, part }) =>
        html` <figure>
          <div class="frame" role="group" aria-label="${title}">
            <img
              class="${part === undefined ? '' : 'part'} ${sharpness(enlarging, 320)}"
              ${part === undefined ? nothing : partShape(png, title, part)}
              src="${imageUrl(checked(png, title))}"
              alt="${alt}"
            />
          </div>
          <figcaption><b>${title}</b> ${text}${legend ?? nothing}</figcaption>
        </figure>`,
    )}
  </div> `;
}

/** One of the two pictures that a slider moves between. */
export interface Side {
  readonly png: Uint8Array;
  readonly alt: string;
  /** A word for it, shown on the picture. */
  readonly label: string;
}

/** Two pictures of one size in one place, with a slider between them; small ones are enlarged by whole factors. */
export function beforeAfter(
  before: Side,
  after: Side,
  size: { readonly width: number; readonly height: number },
): Html {
  const { width, height } = size;
  const enlargement = Math.max(1, Math.floor(Math.min(880 / width, 640 / height)));
  return slider(before, after, { ...size, looks: sharpness(width, 880), wide: width * enlargement });
}

/**
 * The same of drawings, as large as they are, but not taller than a window is likely to be.
 * @throws ArgumentError when the first is no PNG
 */
export function beforeAfterDrawn(before: Side, after: Side): Html {
  const { width, height } = pngSize(checked(before.png, before.label));
  const wide = Math.round(width * Math.min(1, 640 / height));
  return slider(before, after, { width, height, looks: 'smooth', wide });
}

/** The shape and place of a part, which its class cuts out. */
function partShape(png: Uint8Array, name: string, { index, of }: Part): Html {
  const { width, height } = pngSize(checked(png, name));
  const place = ((100 * index) / (of - 1)).toFixed(2);
  return html`style="aspect-ratio: ${width / of} / ${height}; object-position: ${raw(place)}% 50%"`;
}

interface Shown {
  /** Of either picture, in pixels. */
  readonly width: number;
  readonly height: number;
  /** The class that says how they are enlarged. */
  readonly looks: string;
  /** Pixels of the page that they take at most. */
  readonly wide: number;
}

function slider(before: Side, after: Side, { width, height, looks, wide }: Shown): Html {
  const image = (side: Side, place: string): Html =>
    html`<img
      class="${place} ${looks}"
      width="${width}"
      height="${height}"
      src="${imageUrl(checked(side.png, side.label))}"
      alt="${side.alt}"
    />`;
  return html`<div class="slider" style="--wide: ${wide}px">
    ${image(before, 'before')} ${image(after, 'after')}
    <span class="side left" aria-hidden="true">${before.label}</span
    ><span class="side right" aria-hidden="true">${after.label}</span>
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
  return html`${ramp(heatRamp(), [count(min), top], `From dark, ${count(min)}, to bright, ${top}`)}
  ${max > high ? `At most ${count(max)} steps; the rarest are cut off so that the others can be told apart.` : nothing}`;
}

/** A key: a strip of colours between what its ends stand for. @param colours CSS colours, evenly spaced */
export function ramp(colours: readonly string[], ends: readonly [string, string], spoken: string): Html {
  return html`<span class="ramp" role="img" aria-label="${spoken}"
    ><span>${ends[0]}</span><i style="background: linear-gradient(to right, ${raw(colours.join(', '))})"></i
    ><span>${ends[1]}</span></span
  >`;
}

/** Nine of the heat map's colours: between them a gradient differs from it by less than can be seen. */
export function heatRamp(): string[] {
  const picked = Array.from({ length: 9 }, (_, i) => Math.round((i / 8) * (heatColours.length / 3 - 1)) * 3);
  return picked.map((at) => `rgb(${heatColours.subarray(at, at + 3).join(' ')})`);
}

function sharpness(enlarging: Enlarging, displayed: number): string {
  if (enlarging === 'smooth') return 'smooth';
  return enlarging < displayed ? 'pixelated' : '';
}

/** Width and height from the header, which is the first chunk of every PNG (PNG, third edition, 11.2.1). */
function pngSize(png: Uint8Array): { width: number; height: number } {
  if (!isPng(png))
    throw new ArgumentError('got a WebP of several pictures; expected a PNG, whose size is known');
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

function checked(image: Uint8Array, name: string): Uint8Array {
  if (!isPng(image) && !isWebp(image)) {
    throw new ArgumentError(
      `the picture "${name}" of the report: got ${image.length} bytes that are no PNG, expected a PNG or WebP file`,
    );
  }
  return image;
}
