// docs/strategies.md says what the registries say.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { page, tablesFile } from '../../scripts/make-tables.js';

it(`${tablesFile} is as the registries make it: npm run tables writes it anew`, async () => {
  expect(readFileSync(tablesFile, 'utf8')).toBe(await page());
});
