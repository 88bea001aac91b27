// Outputs that stay where they are written. ONNX Runtime writes an output straight into a tensor given for it, but
// its Node binding then copies every output once more, into a fresh array that nobody wants: for the activations of
// a layer that takes up to half as long as computing them. There is no option against it (onnxruntime-node 1.20 to
// 1.30). But the binding hands outputs over in the graph's order and gives up at one that is no tensor, after the
// graph has run. So a graph that is run in place gets a sequence as its first output, and the refusal is expected.
import { decodeModel, encodeModel } from '../graph/index.js';
import { sentinel, type StagedModel } from './staged-model.js';

/** The float32 element type, as messages number it. */
const float32 = 1;

/** The same model with a first output that the binding does not hand over. */
export function withSentinel(model: Uint8Array): Uint8Array {
  const { graph, ...rest } = decodeModel(model);
  const node = {
    opType: 'SequenceEmpty',
    name: sentinel,
    input: [],
    output: [sentinel],
    attribute: [{ name: 'dtype', type: 2, i: float32 }],
  };
  const type = { sequenceType: { elemType: { tensorType: { elemType: float32 } } } };
  return encodeModel({
    ...rest,
    graph: {
      ...graph,
      node: [node, ...(graph.node ?? [])],
      output: [{ name: sentinel, type }, ...(graph.output ?? [])],
    },
  });
}

/** A graph whose stages are all run in place. */
export function stayInPlace(staged: StagedModel): StagedModel {
  return staged.map(({ model, ...rest }) =>
    model === undefined ? rest : { ...rest, model: withSentinel(model) },
  );
}
