// A backbone of one's own: a small sine network under another name.
import { integer } from 'evos';
import { defineBackbone, siren } from 'evos/engine';

export default defineBackbone({
  name: 'ripple',
  summary: 'two sine layers of low frequency',
  settings: {
    /** Width of the ripple's layers. */
    width: integer({ min: 2, max: 256, default: 16 }),
  },
  needs: [],
  learningRate: 1e-3,
  adam: () => ({}),
  create: (ports, { width }) => ({
    ...siren({ ...ports, width, depth: 1, omega: 10 }),
    kind: 'ripple',
    settings: { ...ports, width },
  }),
});
