// What a scene is said to hold: the project's own, whose every number is known.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { inspectScene, looksLikeScene } from '../../../../src/recipes/modalities/scene/inspect.js';
import { temporaryFolder } from '../../../support/command.js';

describe('inspectScene', () => {
  it('says what the fixture holds, and draws its cameras', async () => {
    const picture = path.join(temporaryFolder(), 'new', 'cameras.png');
    const found = await inspectScene({ input: 'fixtures/nerf/scene', picture });
    expect(found).toMatchObject({
      kind: 'scene',
      format: 'blender',
      photographs: {
        listed: 20,
        found: 20,
        masked: 0,
        train: 16,
        test: 4,
        heldOutBy: 'the files of the scene',
      },
      sizes: { '64×64': 20 },
      lenses: { pinhole: 20 },
      rays: 20 * 64 * 64,
      near: 2,
      far: 6,
      warnings: [],
      picture,
    });
    const { width, height } = await sharp(await readFile(picture)).metadata();
    expect([width, height]).toEqual([960, 320]);
  });

  it('holds nothing out of test photographs alone, and draws nothing unasked', async () => {
    const found = await inspectScene({ input: 'fixtures/nerf/scene/transforms_test.json' });
    expect(found.photographs).toMatchObject({ found: 4, train: 4, test: 0 });
    expect(found.picture).toBeUndefined();
  });

  it('knows a scene by the names in a folder', async () => {
    expect(await looksLikeScene('fixtures/nerf/scene')).toBe(true);
    expect(await looksLikeScene('fixtures/mesh')).toBe(false);
    expect(await looksLikeScene('fixtures/photo.png')).toBe(false);
    expect(await looksLikeScene('fixtures/nowhere')).toBe(false);
  });
});
