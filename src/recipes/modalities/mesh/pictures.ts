// What a finished mesh fit shows: original, fit and error side by side, and where training looked.
import { present } from '../../../core/present.js';
import { createImage } from '../../../image/index.js';
import { encodePng } from '../../../image/files/index.js';
import {
  frontCamera,
  renderColourings,
  renderMesh,
  sideBySide,
  usualErrorLimit,
  type Frame,
  type Picture,
  type TriangleMesh,
} from '../../../sdf/index.js';
import { drawRates } from './draws.js';

/** The pictures, as PNG files. */
export interface MeshPictures {
  /** Original, fitted, error. */
  readonly preview: Uint8Array;
  /** Each of the three alone, for the report. */
  readonly original: Uint8Array;
  readonly fitted: Uint8Array;
  readonly error: Uint8Array;
  /** The distance at the end of the error's colours; 0 without any error. */
  readonly errorLimit: number;
  readonly selection: Uint8Array;
  /** The power of two at the end of its colours, either way. */
  readonly selectionLimit: number;
}

/** What they are made from. */
export interface PictureContent {
  readonly original: TriangleMesh;
  /** In the original's frame. */
  readonly fitted: TriangleMesh;
  /** Signed distances from the fitted vertices to the original, `[V]`; `errorLimit` is in their unit. */
  readonly errors: Float32Array;
  readonly frame: Frame;
  /** Of a `drawTally`. */
  readonly counts: Uint32Array;
  /** Told the share that is done. */
  readonly report: (share: number) => void;
}

/** Three of them side by side fill a wide screen; they take time with the square of it. */
const size = { width: 640, height: 640 };

/** Draws and encodes them. */
export async function drawMeshPictures(content: PictureContent): Promise<MeshPictures> {
  const { original, fitted, errors, frame, counts, report } = content;
  const errorLimit = usualErrorLimit(errors);
  // One camera for all, so that each picture's places are the others'.
  const drawn = { ...size, camera: frontCamera(original, size.width / size.height) };
  const before = renderMesh(original, drawn);
  report(0.4);
  const { rates, limit } = drawRates(counts, fitted.positions, frame);
  const [after, error, selection] = renderColourings(
    fitted,
    // Without any error there is no limit to give, and all is white.
    [{}, present({ errors, errorLimit: errorLimit || undefined }), { errors: rates, errorLimit: limit }],
    drawn,
  );
  report(0.8);
  return {
    preview: await toPng(sideBySide([before, after, error])),
    original: await toPng(before),
    fitted: await toPng(after),
    error: await toPng(error),
    errorLimit,
    selection: await toPng(selection),
    selectionLimit: limit,
  };
}

function toPng({ width, height, data }: Picture): Promise<Uint8Array> {
  return encodePng(createImage({ width, height, channels: 3 }, data));
}
