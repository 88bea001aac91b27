// Building HTML so that nothing a user named can break out of it: interpolated text is escaped unless it is
// already HTML, and data for scripts is JSON that cannot end its script element.

/** Finished HTML, as opposed to text. */
export class Html {
  constructor(readonly text: string) {}
}

type Content = Html | string | number | readonly Content[];

/** Tagged template: `html\`<b>${name}</b>\`` escapes `name`; HTML and lists of it go in as they are. */
export function html(strings: TemplateStringsArray, ...contents: readonly Content[]): Html {
  return new Html(strings.reduce((text, string, i) => text + render(contents[i - 1] ?? '') + string));
}

/** Text of our own making that is HTML, CSS or a script already. */
export function raw(text: string): Html {
  return new Html(text);
}

/** Nothing, for branches that show nothing. */
export const nothing = new Html('');

/** JSON for a `<script type="application/json">`; numbers JSON lacks (NaN, infinities) become null. */
export function scriptJson(value: unknown): Html {
  return new Html(JSON.stringify(value).replaceAll('<', '\\u003c'));
}

/** Whether bytes are a PNG file: the signature, and room for a header with a width and a height. */
export function isPng(bytes: Uint8Array): boolean {
  return bytes.length >= 24 && [0x89, 0x50, 0x4e, 0x47].every((byte, i) => bytes[i] === byte);
}

/** Whether bytes are a WebP file: a RIFF container of that kind. */
export function isWebp(bytes: Uint8Array): boolean {
  const says = (text: string, at: number): boolean =>
    [...text].every((letter, i) => bytes[at + i] === letter.charCodeAt(0));
  return bytes.length >= 20 && says('RIFF', 0) && says('WEBP', 8);
}

/**
 * A picture as it goes into an `<img src>`.
 * @param image the bytes of a PNG or WebP file, which are copied.
 */
export function imageUrl(image: Uint8Array): string {
  const type = isWebp(image) ? 'webp' : 'png';
  const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  return `data:image/${type};base64,${bytes.toString('base64')}`;
}

function render(content: Content): string {
  if (content instanceof Html) return content.text;
  if (typeof content === 'string' || typeof content === 'number') return escape(String(content));
  return content.map(render).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
