// Build step: collects the JSDoc of all settings, for help and schema, where an installed package has them at hand.
import { writeFileSync } from 'node:fs';
import { sourceDocs } from '../dist/recipes/settings/words.js';

const docs = sourceDocs(new URL('../src/', import.meta.url));
writeFileSync(new URL('../dist/recipes/settings/words.json', import.meta.url), `${JSON.stringify(docs)}\n`);
