// ONNX graphs: building them, differentiating them, and Adam as nodes.
//
//   const b = new GraphBuilder('fit');
//   const x = b.input('x', ['n', 2]);                              // sizes may be names
//   const target = b.input('target', ['n', 3]);
//   const w = b.input('w', [3, 2]);
//   const difference = b.sub(b.gemm(x, w, undefined, { transB: true }), target);
//   const loss = b.reduceMean(b.mul(difference, difference), undefined, false);
//   const [dw] = addGradient(b, { of: loss, wrt: [w] });           // or gradient(graph, …) for a finished GraphProto
//   b.output(loss, 'loss');
//   b.output(dw, 'dw');
//   const bytes = b.model({ metadata: { kind: 'linear' } });       // what InferenceSession.create takes
export { GraphBuilder, type ConvOptions, type GemmOptions, type Term } from './builder.js';
export { supportedOperators } from './operators.js';
export type { GraphEntry, GraphOptions, ImportOptions } from './core.js';
export { addGradient, differentiableOperators } from './gradient.js';
export { gradient, type GradientRequest } from './gradient-of-graph.js';
export { adamUpdate, type AdamInputs } from './adam.js';
export { countOf, formatShape, type Dim, type Shape } from './dims.js';
export type { Operand, TensorInfo, Value } from './node.js';
export { decodeModel, decodeTensor, encodeModel, encodeTensor } from './proto.js';
export type * from './elements.js';
export type * from './proto.js';
