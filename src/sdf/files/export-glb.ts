// Writes GLB by three's exporter. The exporter expects a browser, where it reads its buffers back through a FileReader.
// Without buffers it does not, so a plugin removes them at the end, and the container, a header and two chunks, is assembled
// here (glTF 2.0 specification, section 4.4). No global is touched.
import type { Object3D } from 'three';
import { GLTFExporter } from 'three/examples/jsm/exporters/GLTFExporter.js';
import { EvosError } from '../../core/errors.js';

/** What the exporter's writer holds when it has been through the scene. */
interface WriterParts {
  readonly json: { buffers?: { byteLength: number }[] };
  buffers: ArrayBuffer[];
}

const magic = 0x46546c67;
const jsonChunk = 0x4e4f534a;
const binaryChunk = 0x004e4942;

/**
 * Encodes a scene without textures.
 * @throws EvosError when three's exporter works otherwise than this was written for
 */
export async function encodeGlb(scene: Object3D): Promise<Uint8Array> {
  const exporter = new GLTFExporter();
  let buffers: readonly ArrayBuffer[] = [];
  exporter.register((writer) => ({
    afterParse: () => {
      if (!hasParts(writer)) throw changedExporter();
      buffers = writer.buffers;
      writer.buffers = [];
      delete writer.json.buffers;
    },
  }));
  const json = await exporter.parseAsync(scene, { binary: false });
  if (json instanceof ArrayBuffer || buffers.length === 0) throw changedExporter();
  const byteLength = buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0);
  const text = new TextEncoder().encode(JSON.stringify({ ...json, buffers: [{ byteLength }] }));
  return container(text, buffers, byteLength);
}

/** The JSON is padded with spaces, the binary chunk with zeros, both to multiples of four. */
function container(text: Uint8Array, buffers: readonly ArrayBuffer[], byteLength: number): Uint8Array {
  const textLength = Math.ceil(text.length / 4) * 4;
  const binaryLength = Math.ceil(byteLength / 4) * 4;
  const bytes = new Uint8Array(12 + 8 + textLength + 8 + binaryLength);
  const view = new DataView(bytes.buffer);
  const words = [magic, 2, bytes.length, textLength, jsonChunk];
  words.forEach((word, i) => view.setUint32(4 * i, word, true));
  bytes.fill(0x20, 20, 20 + textLength);
  bytes.set(text, 20);
  let at = 20 + textLength;
  view.setUint32(at, binaryLength, true);
  view.setUint32(at + 4, binaryChunk, true);
  at += 8;
  for (const buffer of buffers) {
    bytes.set(new Uint8Array(buffer), at);
    at += buffer.byteLength;
  }
  return bytes;
}

function hasParts(writer: object): writer is WriterParts {
  return 'json' in writer && 'buffers' in writer && Array.isArray(writer.buffers);
}

function changedExporter(): EvosError {
  return new EvosError(
    'internal',
    'three’s GLTFExporter does not hand its buffers to plugins as in 0.187; expected `json` and `buffers` on the writer; ' +
      'install that version of three, or write PLY',
  );
}
