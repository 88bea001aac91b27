// A graph cut at its sines. ONNX Runtime computes Sin and Cos on the CPU at four nanoseconds an element each, which
// for a SIREN is a third of the whole step; the kernel beside this computes both in one pass at a third of that. So a
// graph becomes stages: each gives the arguments of the next sines, the kernel turns them into sines and cosines, and
// the stage after takes those as inputs. What else a later stage reads of an earlier one it works out again, but for the
// results of products, which are kept: an activation that is more than a sine has its gradient from the sum itself.
import { decodeModel, encodeModel, GraphBuilder, type GraphProto, type NodeProto } from '../graph/index.js';
import {
  mostLayerInputs,
  type Extent,
  type KeptValue,
  type LayerArgument,
  type ProductArgument,
  type SineCut,
  type Stage,
  type StagedModel,
} from './staged-model.js';

/** The model as a single stage. */
export function inOnePiece(model: Uint8Array): StagedModel {
  return [{ model, cuts: [] }];
}

/** Cuts a model at its sines; one without any, or whose sizes are not plain, stays whole. */
export function cutAtSines(model: Uint8Array): StagedModel {
  const { graph, opset, metadata } = decodeModel(model);
  const builder = GraphBuilder.from(graph);
  const extentsOf = extentsIn(graph, builder);
  const cuts = findCuts(graph, builder, extentsOf);
  if (cuts.length === 0) return inOnePiece(model);
  const { depths, reached } = depthsOf(graph, cuts);
  const deepest = Math.max(...depths.values());
  const plans = Array.from({ length: deepest + 1 }, (_, depth): StagePlan => {
    const here = cuts.filter(({ sine }) => depths.get(sine) === depth);
    const given = here.flatMap(({ argument, product }) => (product?.layer === undefined ? argument : []));
    return { cuts: here, outputs: given };
  });
  plans.push({ cuts: [], outputs: (graph.output ?? []).map(({ name }) => name ?? '') });
  const kept = keptProducts(graph, plans, reached).flatMap((name): KeptValue[] => {
    const shape = extentsOf(name);
    return shape === undefined ? [] : [{ name, shape }];
  });
  const crossing = [...cuts.flatMap(namesOf), ...kept.map(({ name }) => name)];
  return plans.map((plan, depth): Stage => {
    const own = kept.filter(({ name }) => reached.get(name) === depth);
    const names = own.map(({ name }) => name);
    const outputs = [...plan.outputs, ...names];
    if (outputs.length === 0) return { cuts: plan.cuts };
    const from = new Set(crossing.filter((name) => !names.includes(name)));
    const part = inHalfTurns(slice(graph, builder, outputs, from), plan.cuts);
    const bytes = encodeModel({ graph: part, opset, metadata });
    return { model: bytes, cuts: plan.cuts, ...(own.length > 0 && { kept: own }) };
  });
}

/** A stage before it is a graph. */
interface StagePlan {
  readonly cuts: readonly SineCut[];
  readonly outputs: readonly string[];
}

/** Operators whose results are dearer to work out than to keep. */
const products: readonly string[] = ['Gemm', 'MatMul', 'Conv', 'ConvTranspose'];

/**
 * Products that one stage works out and a later one reads, by itself or through what it works out again.
 * @param reached the stage that a value belongs to
 */
function keptProducts(
  graph: GraphProto,
  plans: readonly StagePlan[],
  reached: ReadonlyMap<string, number>,
): string[] {
  const makers = makersIn(graph);
  const cuts = plans.flatMap((plan) => plan.cuts);
  const ends = new Set(cuts.flatMap(namesOf));
  // A sine takes the place of its argument, which is then gone; what the graph gives has a place of its own.
  const elsewhere = new Set([...cuts.map(({ argument }) => argument), ...(plans.at(-1)?.outputs ?? [])]);
  const kept = new Set<string>();
  // From the last stage on: what is kept is an output of its own stage, whose inputs may have to be kept as well.
  for (let depth = plans.length - 1; depth >= 0; depth--) {
    const own = [...kept].filter((name) => reached.get(name) === depth);
    const seen = new Set<string>();
    const pending = [...(plans[depth]?.outputs ?? []), ...own];
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (seen.has(name) || ends.has(name)) continue;
      seen.add(name);
      const maker = makers.get(name);
      if (maker === undefined) continue;
      const early = (reached.get(name) ?? 0) < depth;
      if (early && products.includes(maker.opType ?? '') && !elsewhere.has(name)) kept.add(name);
      else pending.push(...(maker.input ?? []));
    }
  }
  return [...kept];
}

/** What a cut's kernel gives. */
const namesOf = ({ sine, cosine }: SineCut): string[] => (cosine === undefined ? [sine] : [sine, cosine]);

/** The number of AttributeProto.FLOAT. */
const floatAttribute = 1;

const outputOf = (node: NodeProto): string => node.output?.[0] ?? '';

/** Reads the extents of a float32 tensor off the graph's inputs; undefined where that cannot be done. */
function extentsIn(graph: GraphProto, builder: GraphBuilder): (name: string) => Extent[] | undefined {
  const sources = new Map<string, Extent>();
  for (const { name } of graph.input ?? []) {
    builder.value(name ?? '').shape.forEach((dim, axis) => {
      if (typeof dim === 'string' && !sources.has(dim)) sources.set(dim, { input: name ?? '', axis });
    });
  }
  return (name) => {
    const { type, shape } = builder.value(name);
    const extents = shape.flatMap((dim) => (typeof dim === 'number' ? dim : (sources.get(dim) ?? [])));
    return type === 'float32' && extents.length === shape.length ? extents : undefined;
  };
}

/** Every sine of a float32 tensor whose extents can be read off the graph's inputs. */
function findCuts(
  graph: GraphProto,
  builder: GraphBuilder,
  extentsOf: ReturnType<typeof extentsIn>,
): SineCut[] {
  const declared = new Set(graph.output?.map(({ name }) => name));
  const nodes = graph.node ?? [];
  const made = new Set(nodes.flatMap(({ output }) => output ?? []));
  const cuts: SineCut[] = [];
  for (const node of nodes) {
    if (node.opType !== 'Sin') continue;
    const argument = node.input?.[0] ?? '';
    // A stage cannot give out what it takes in: an input, a constant, another cut's sine.
    if (!made.has(argument) || cuts.some((cut) => namesOf(cut).includes(argument))) continue;
    const shape = extentsOf(argument);
    const cosine = nodes.find(({ opType, input }) => opType === 'Cos' && input?.[0] === argument);
    const names = [outputOf(node), ...(cosine === undefined ? [] : [outputOf(cosine)])];
    const twice = cuts.some((cut) => cut.argument === argument);
    if (shape === undefined || twice || names.some((n) => declared.has(n))) continue;
    const product = productBehind(graph, builder, argument, names);
    cuts.push({
      argument,
      ...(product === undefined ? {} : { product }),
      shape,
      sine: outputOf(node),
      ...(cosine === undefined ? {} : { cosine: outputOf(cosine) }),
    });
  }
  return cuts;
}

/**
 * The Gemm behind an argument, if it can be made to give half turns: only the cut's own sine and cosine read it, its
 * rows are whole vectors for the kernel, and its bias is an input.
 */
function productBehind(
  graph: GraphProto,
  builder: GraphBuilder,
  name: string,
  own: readonly string[],
): ProductArgument | undefined {
  const nodes = graph.node ?? [];
  const maker = nodes.find((node) => outputOf(node) === name);
  if (maker?.opType !== 'Gemm') return undefined;
  const readers = nodes.filter(({ input }) => input?.includes(name));
  if (readers.some((node) => !own.includes(outputOf(node)))) return undefined;
  const width = builder.value(name).shape.at(-1);
  if (typeof width !== 'number' || width % 4 !== 0) return undefined;
  const bias = maker.input?.[2] || undefined;
  if (bias !== undefined) {
    const { shape } = builder.value(bias);
    if (!isFed(graph, bias) || shape.length !== 1 || shape[0] !== width) return undefined;
  }
  const layer = layerOf(graph, builder, maker);
  return { bias, scale: factorOf(maker, 'beta') / Math.PI, ...(layer === undefined ? {} : { layer }) };
}

/** A Gemm as a layer of the kernel's own, if it is one. */
function layerOf(graph: GraphProto, builder: GraphBuilder, maker: NodeProto): LayerArgument | undefined {
  const [points = '', weights = ''] = maker.input ?? [];
  if (!isFed(graph, points) || !isFed(graph, weights) || isSet(maker, 'transA')) return undefined;
  const inputs = builder.value(points).shape[1];
  if (typeof inputs !== 'number' || inputs > mostLayerInputs) return undefined;
  const scale = factorOf(maker, 'alpha') / Math.PI;
  return { points, weights, transposed: isSet(maker, 'transB'), inputs, scale };
}

/** Whether a value is given from outside. An initializer may be an input too, as a default that nobody has to feed. */
function isFed(graph: GraphProto, value: string): boolean {
  return (
    graph.input?.some(({ name }) => name === value) === true &&
    graph.initializer?.some(({ name }) => name === value) !== true
  );
}

/** Makes products give half turns without bias. */
function inHalfTurns(graph: GraphProto, cuts: readonly SineCut[]): GraphProto {
  const products = new Set(cuts.flatMap(({ argument, product }) => (product === undefined ? [] : argument)));
  const node = (graph.node ?? []).map((maker) => {
    if (!products.has(outputOf(maker))) return maker;
    const others = (maker.attribute ?? []).filter(({ name }) => name !== 'alpha' && name !== 'beta');
    const alpha = { name: 'alpha', type: floatAttribute, f: factorOf(maker, 'alpha') / Math.PI };
    return { ...maker, input: maker.input?.slice(0, 2) ?? [], attribute: [...others, alpha] };
  });
  const read = new Set(node.flatMap(({ input }) => input ?? []));
  return { ...graph, node, input: (graph.input ?? []).filter(({ name }) => read.has(name ?? '')) };
}

const isSet = (node: NodeProto, name: 'transA' | 'transB'): boolean =>
  Number(node.attribute?.find((attribute) => attribute.name === name)?.i ?? 0) !== 0;

const factorOf = (node: NodeProto, name: 'alpha' | 'beta'): number =>
  node.attribute?.find((attribute) => attribute.name === name)?.f ?? 1;

/** How many other sines each sine waits for, along its longest path, and how many each value does. */
function depthsOf(graph: GraphProto, cuts: readonly SineCut[]) {
  const kernelOutputs = new Set(cuts.flatMap(namesOf));
  const sines = new Set(cuts.map(({ sine }) => sine));
  const reached = new Map<string, number>();
  const depths = new Map<string, number>();
  for (const node of graph.node ?? []) {
    const depth = Math.max(0, ...(node.input ?? []).map((name) => reached.get(name) ?? 0));
    for (const name of node.output ?? []) {
      if (sines.has(name)) depths.set(name, depth);
      reached.set(name, depth + (kernelOutputs.has(name) ? 1 : 0));
    }
  }
  return { depths, reached };
}

/** The node that makes each value. */
const makersIn = (graph: GraphProto): Map<string, NodeProto> =>
  new Map((graph.node ?? []).flatMap((node) => (node.output ?? []).map((name) => [name, node] as const)));

/** What it takes to compute some values, with everything that crosses a cut as an input. */
function slice(
  graph: GraphProto,
  builder: GraphBuilder,
  outputs: readonly string[],
  crossing: ReadonlySet<string>,
): GraphProto {
  const makers = makersIn(graph);
  const needed = new Set<string>();
  const nodes = new Set<NodeProto>();
  const pending = [...outputs];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name === '' || needed.has(name)) continue;
    needed.add(name);
    const maker = crossing.has(name) ? undefined : makers.get(name);
    if (maker === undefined) continue;
    nodes.add(maker);
    pending.push(...(maker.input ?? []));
  }
  const describe = (name: string) => {
    const part = new GraphBuilder('part');
    const { type, shape } = builder.value(name);
    part.input(name, shape, type);
    return part.graph().input?.[0] ?? {};
  };
  return {
    name: graph.name ?? 'stage',
    node: (graph.node ?? []).filter((node) => nodes.has(node)),
    initializer: (graph.initializer ?? []).filter(({ name }) => needed.has(name ?? '')),
    input: [
      ...(graph.input ?? []).filter(({ name }) => needed.has(name ?? '')),
      ...[...crossing].filter((name) => needed.has(name)).map(describe),
    ],
    output: outputs.map(describe),
  };
}
