// `evos render`: evaluates a trained model on a pixel grid of any size.
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { InputError } from '../../core/index.js';
import { defineCommand } from '../command.js';
import { duration, shownPath } from '../format.js';
import { jsonLine } from '../json.js';
import { UsageError } from '../usage-error.js';

const side = z.int().min(1).max(65_535).optional();

/** The command `render`. */
export const renderCommand = defineCommand({
  name: 'render',
  description: 'Render a trained model to an image of any size',
  positional: { name: 'model', description: 'the folder of a run, or a model.onnx', required: true },
  controls: {
    out: z.string().min(1).optional().describe('image to write (default: render.png beside the model)'),
    size: z
      .string()
      .regex(/^[1-9]\d{0,4}x[1-9]\d{0,4}$/, 'expected WxH in pixels, e.g. 1920x1080')
      .optional()
      .describe('width and height in pixels, WxH'),
    width: side.describe('width in pixels; the height follows unless given'),
    height: side.describe('height in pixels; the width follows unless given'),
    scale: z.number().gt(0).max(64).optional().describe('size as a multiple of the size it was trained at'),
  },
  examples: [
    ['evos render runs/photo --scale 2', 'twice the size, to runs/photo/render.png'],
    ['evos render model.onnx --size 1920x1080', 'an exact size'],
    ['evos render runs/photo -o big.png', 'to a file of your choice'],
  ],
  async run({ input, controls }, { env, screen, json, quiet }) {
    const { size, width, height, scale } = controls;
    const ways = [
      ['--size', size !== undefined],
      ['--width/--height', width !== undefined || height !== undefined],
      ['--scale', scale !== undefined],
    ] as const;
    const used = ways.filter(([, given]) => given).map(([way]) => way);
    if (used.length > 1)
      throw new UsageError(`Give the size in one way; got ${used.join(' and ')}.`, 'render');
    const model = path.resolve(env.cwd, input ?? '');
    if (!existsSync(model)) throw new InputError(`${input}: there is no such file or folder.`);
    const beside = statSync(model).isDirectory() ? model : path.dirname(model);
    const out =
      controls.out === undefined ? path.join(beside, 'render.png') : path.resolve(env.cwd, controls.out);
    const [sizeWidth, sizeHeight] = size?.split('x').map(Number) ?? [];

    const pixels = defined({ width: width ?? sizeWidth, height: height ?? sizeHeight, scale });
    const done = await (await env.recipes()).renderModel({ model, out, ...pixels });
    if (json) screen.result(jsonLine({ type: 'rendered', ...done }));
    else if (!quiet) {
      screen.result(
        `${shownPath(done.file, env.cwd)}  ${done.width}x${done.height}  in ${duration(done.seconds)}`,
      );
    }
    return 0;
  },
});

/** The entries that have a value. */
function defined(values: Record<'width' | 'height' | 'scale', number | undefined>) {
  const { width, height, scale } = values;
  return {
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
    ...(scale === undefined ? {} : { scale }),
  };
}
