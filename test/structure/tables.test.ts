// docs/strategies.md says what the registries say, and docs/operators.md which rules there are.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { operatorsFile, pages, tablesFile } from '../../scripts/make-tables.js';

it.each([tablesFile, operatorsFile])('%s is as npm run tables writes it anew', async (file) => {
  expect(readFileSync(file, 'utf8')).toBe((await pages()).get(file));
});
