// The bytes in block-simd.ts are the text in blocks.wat, assembled: whoever changes the one must change the other.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import wabt from 'wabt';
import { code } from '../../../src/core/numeric/block-simd.js';

it('is what its source says', async () => {
  const file = 'src/core/numeric/blocks.wat';
  const assembler = await wabt();
  const module = assembler.parseWat(file, readFileSync(file, 'utf8'), { simd: true });
  const { buffer } = module.toBinary({ write_debug_names: false });
  module.destroy();
  expect(code).toBe(Buffer.from(buffer).toString('hex'));
});
