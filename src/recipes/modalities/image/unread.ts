// Files that people have in place of a picture that is read here: what they are, and what to do with them.
import type { Unread } from '../../runs/modality.js';

const convert = 'convert it to PNG, or to a JPEG of high quality';
const develop = 'develop it to a 16-bit TIFF or PNG first';
const frames =
  'take its pictures out, e.g. `ffmpeg -i VIDEO frame%04d.png`, and fit one of them; or find their cameras, e.g. with COLMAP, ' +
  'and fit the scene';

const formats: readonly (readonly [what: string, instead: string, extensions: string])[] = [
  ['a HEIC photo', convert, '.heic .heif .hif'],
  ['a JPEG XL image', convert, '.jxl'],
  ['a JPEG 2000 image', convert, '.jp2 .j2k .jpx .jpf'],
  ['a BMP image', convert, '.bmp .dib'],
  ['a Netpbm image', convert, '.ppm .pgm .pbm .pnm .pam'],
  ['a TGA image', convert, '.tga'],
  ['a QOI image', convert, '.qoi'],
  ['an icon', convert, '.ico .icns'],
  ['a layered picture', convert, '.psd .psb .xcf .kra'],
  ['a picture of floating-point light', convert, '.exr .hdr .pfm'],
  ['a drawing', convert, '.svg .svgz .pdf .eps .ai'],
  ['the raw data of a camera', develop, '.dng .cr2 .cr3 .nef .arw .raf .orf .rw2 .pef .srw'],
  ['a video', frames, '.mp4 .m4v .mov .webm .mkv .avi .mpg .mpeg .wmv .flv .ogv .3gp .mts .m2ts .ts'],
];

/** By extension, in lower case. */
export const unreadPictures: Readonly<Record<string, Unread>> = Object.fromEntries(
  formats.flatMap(([what, instead, extensions]) =>
    extensions.split(' ').map((extension) => [extension, { what, instead }]),
  ),
);
