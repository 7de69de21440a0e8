/** How each functional operation is said in ONNX's operators (set 17). */
import type { OnnxAttribute } from '../../formats/onnx/model.ts';
import { nearestPixel } from '../../kernels/interpolate/interpolate.ts';
import { UserError } from '../../util/errors.ts';
import { formatShape } from '../shape.ts';
import type { Step } from './trace.ts';

/** Names are those of values in the graph; `add` gives that of a new node's output. */
export interface Graph {
  add(operator: string, inputs: readonly string[], attributes?: Readonly<Record<string, OnnxAttribute>>): string;
  numbers(data: readonly number[], shape: readonly number[]): string;
  integers(data: readonly number[]): string;
}

/** A step as it went for two sizes of the batch. */
export interface Situation extends Step {
  /** Shape of the output with the other batch. */
  otherShape: readonly number[];
}

type Write = (graph: Graph, inputs: readonly string[], step: Situation) => string;

type Pair = readonly [number, number];

const numberOf = (step: Step, name: string): number => step.attributes[name] as number;
const listOf = (step: Step, name: string): readonly number[] => step.attributes[name] as readonly number[];
const pairOf = (step: Step, name: string): Pair => step.attributes[name] as Pair;
const shapeOf = (step: Step, input = 0): readonly number[] => step.inputs[input]?.shape ?? [];

const plain =
  (operator: string): Write =>
  (graph, inputs) =>
    graph.add(operator, inputs);

const convolution: Write = (graph, inputs, step) => {
  const [top, left] = pairOf(step, 'padding');
  return graph.add('Conv', inputs, {
    strides: pairOf(step, 'stride'),
    pads: [top, left, top, left],
    dilations: pairOf(step, 'dilation'),
    group: numberOf(step, 'groups'),
  });
};

const transposedConvolution: Write = (graph, inputs, step) => {
  const [top, left] = pairOf(step, 'padding');
  return graph.add('ConvTranspose', inputs, {
    strides: pairOf(step, 'stride'),
    pads: [top, left, top, left],
    output_padding: pairOf(step, 'outputPadding'),
    dilations: pairOf(step, 'dilation'),
    group: numberOf(step, 'groups'),
  });
};

/** [..., in] · [out, in]ᵀ: Gemm is for matrices alone. */
const linear: Write = (graph, [x = '', weight = '', bias], step) => {
  if (shapeOf(step).length === 2) return graph.add('Gemm', bias ? [x, weight, bias] : [x, weight], { transB: 1 });
  const product = graph.add('MatMul', [x, graph.add('Transpose', [weight], { perm: [1, 0] })]);
  return bias ? graph.add('Add', [product, bias]) : product;
};

const batchNorm: Write = (graph, inputs, step) => {
  if (step.attributes.training)
    throw new UserError('onnx: batch norm in training is not exported; call eval() on the network first');
  const [x = '', weight = '', bias = '', ...rest] = inputs;
  const residual = step.attributes.residual ? rest.shift() : undefined;
  let y = graph.add('BatchNormalization', [x, weight, bias, ...rest], { epsilon: { float: numberOf(step, 'eps') } });
  if (residual) y = graph.add('Add', [y, residual]);
  return step.attributes.relu ? graph.add('Relu', [y]) : y;
};

const layerNorm: Write = (graph, [x = '', ...rest], step) => {
  const normalized = shapeOf(step).slice(-numberOf(step, 'axes'));
  const size = normalized.reduce((product, each) => product * each, 1);
  const weight = step.attributes.weight ? rest.shift() : undefined;
  const scale = weight ?? graph.numbers(new Array<number>(size).fill(1), normalized);
  return graph.add('LayerNormalization', [x, scale, ...rest], {
    axis: -normalized.length,
    epsilon: { float: numberOf(step, 'eps') },
  });
};

/** How far the last window reaches beyond the picture and the padding before it, on both axes. */
function overhang(step: Situation): Pair {
  const [kernel, stride] = [pairOf(step, 'kernel'), pairOf(step, 'stride')];
  const [padding, dilation] = [pairOf(step, 'padding'), pairOf(step, 'dilation')];
  const beyond = (axis: 0 | 1): number => {
    const [size = 0, count = 0] = [shapeOf(step)[axis + 2], step.output.shape[axis + 2]];
    const extent = dilation[axis] * (kernel[axis] - 1) + 1;
    return Math.max(0, (count - 1) * stride[axis] + extent - size - padding[axis]);
  };
  return [beyond(0), beyond(1)];
}

/** Ceil mode is said by padding behind the picture, because runtimes do not agree on what it means. */
const maxPool: Write = (graph, inputs, step) => {
  const [top, left] = pairOf(step, 'padding');
  return graph.add('MaxPool', inputs, {
    kernel_shape: pairOf(step, 'kernel'),
    strides: pairOf(step, 'stride'),
    pads: [top, left, ...overhang(step)],
    dilations: pairOf(step, 'dilation'),
  });
};

/** Padding that counts is put around the picture; what windows reach beyond it counts for nothing. */
const avgPool: Write = (graph, [x = ''], step) => {
  const [top, left] = pairOf(step, 'padding');
  const [bottom, right] = overhang(step);
  const shared = { kernel_shape: pairOf(step, 'kernel'), strides: pairOf(step, 'stride'), count_include_pad: 0 };
  if (!step.attributes.countPadding || (top === 0 && left === 0))
    return graph.add('AveragePool', [x], { ...shared, pads: [top, left, bottom, right] });
  const padded = graph.add('Pad', [x, graph.integers([0, 0, top, left, 0, 0, top, left])]);
  const pads = [0, 0, Math.max(0, bottom - top), Math.max(0, right - left)];
  return graph.add('AveragePool', [padded], { ...shared, pads });
};

const adaptiveAvgPool: Write = (graph, [x = ''], step) => {
  const [, , height = 1, width = 1] = shapeOf(step);
  const [, , outHeight = 1, outWidth = 1] = step.output.shape;
  if (outHeight === 1 && outWidth === 1) return graph.add('GlobalAveragePool', [x]);
  if (height % outHeight === 0 && width % outWidth === 0) {
    const kernel = [height / outHeight, width / outWidth];
    return graph.add('AveragePool', [x], { kernel_shape: kernel, strides: kernel });
  }
  const rows = graph.numbers(regions(height, outHeight), [outHeight, height]);
  const columns = graph.add('Transpose', [graph.numbers(regions(width, outWidth), [outWidth, width])], {
    perm: [1, 0],
  });
  return graph.add('MatMul', [graph.add('MatMul', [rows, x]), columns]);
};

const PICTURE_AXES = [2, 3] as const;

/** Pixels that are repeated evenly by Resize; others are picked by number, since runtimes round their places in other ways. */
const nearest: Write = (graph, [x = ''], step) => {
  const picks = PICTURE_AXES.map((axis, i) => {
    const [size = 0, outSize = 0] = [shapeOf(step)[axis], step.output.shape[axis]];
    const ratio = pairOf(step, 'ratios')[i] as number;
    const pixels = Array.from({ length: outSize }, (_, o) => nearestPixel(o, { size, ratio }));
    const times = outSize / size;
    const isEven = Number.isInteger(times) && pixels.every((pixel, o) => pixel === Math.floor(o / times));
    return { axis, pixels, times, isEven };
  });
  if (picks.every(({ isEven }) => isEven)) {
    const scales = graph.numbers([1, 1, ...picks.map(({ times }) => times)], [4]);
    return graph.add('Resize', [x, '', scales], {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    });
  }
  return picks.reduce((from, { axis, pixels }) => graph.add('Gather', [from, graph.integers(pixels)], { axis }), x);
};

/** By sizes, of which the batch's is the input's own; by scales where those, and not the sizes, say how far pixels lie apart. */
const interpolate: Write = (graph, inputs, step) => {
  if (step.attributes.mode === 'nearest') return nearest(graph, inputs, step);
  const [x = ''] = inputs;
  const [from, to] = [shapeOf(step).slice(2), step.output.shape.slice(2)];
  const ratios = pairOf(step, 'ratios');
  const attributes = {
    mode: step.attributes.mode === 'bicubic' ? 'cubic' : 'linear',
    coordinate_transformation_mode: step.attributes.alignCorners ? 'align_corners' : 'half_pixel',
  };
  if (step.attributes.alignCorners || ratios.every((ratio, i) => ratio === (from[i] ?? 0) / (to[i] ?? 0))) {
    const head = graph.add('Slice', [graph.add('Shape', [x]), graph.integers([0]), graph.integers([2])]);
    return graph.add('Resize', [x, '', '', graph.add('Concat', [head, graph.integers(to)], { axis: 0 })], attributes);
  }
  const scales = ratios.map((ratio) => Math.fround(1 / ratio));
  if (scales.some((scale, i) => Math.floor(Math.fround((from[i] ?? 0) * scale)) !== to[i]))
    throw new UserError(
      `onnx: a scale factor of ${scales.join(' and ')} makes ${formatShape(to)} of ${formatShape(from)} pixels only by rounding; give interpolate the size`,
    );
  return graph.add('Resize', [x, '', graph.numbers([1, 1, ...scales], [4])], attributes);
};

/** [count, size]: means over the regions ⌊i · size / count⌋ … ⌈(i + 1) · size / count⌉ − 1. */
function regions(size: number, count: number): number[] {
  return Array.from({ length: count * size }, (_, k) => {
    const [i, place] = [Math.floor(k / size), k % size];
    const [begin, end] = [Math.floor((i * size) / count), Math.ceil(((i + 1) * size) / count)];
    return place >= begin && place < end ? 1 / (end - begin) : 0;
  });
}

/** A size that follows the batch is left to be found from the others. */
const reshape: Write = (graph, inputs, step) => {
  const { output, otherShape } = step;
  const free = output.shape.filter((size, axis) => size !== otherShape[axis]).length;
  if (free > 1)
    throw new UserError(`onnx: reshape to ${formatShape(output.shape)} has ${free} sizes that depend on the batch`);
  const sizes = output.shape.map((size, axis) => (size === otherShape[axis] ? size : -1));
  return graph.add('Reshape', [...inputs, graph.integers(sizes)]);
};

/** A size that follows the batch is there already: one stretches to it. */
const expand: Write = (graph, inputs, step) => {
  const { output, otherShape } = step;
  const from = shapeOf(step);
  const sizes = output.shape.map((size, axis) => {
    if (size === otherShape[axis]) return size;
    if (from[axis - output.shape.length + from.length] === size) return 1;
    throw new UserError(`onnx: expand to ${formatShape(output.shape)} repeats an axis as often as the batch is large`);
  });
  return graph.add('Expand', [...inputs, graph.integers(sizes)]);
};

const slice: Write = (graph, [x = ''], step) => {
  const [starts, steps] = [listOf(step, 'starts'), listOf(step, 'steps')];
  const cut = starts.flatMap((start, axis) => {
    const by = steps[axis] ?? 1;
    const count = step.output.shape[axis] ?? 0;
    if (start === 0 && by === 1 && count === shapeOf(step)[axis]) return [];
    return [{ axis, start, by, stop: start + (count - 1) * by + 1 }];
  });
  if (cut.length === 0) return graph.add('Identity', [x]);
  const column = (of: (each: (typeof cut)[number]) => number) => graph.integers(cut.map(of));
  return graph.add('Slice', [
    x,
    column(({ start }) => start),
    column(({ stop }) => stop),
    column(({ axis }) => axis),
    column(({ by }) => by),
  ]);
};

const pad: Write = (graph, inputs, step) => {
  const amounts = graph.integers([...listOf(step, 'before'), ...listOf(step, 'after')]);
  return graph.add('Pad', [...inputs, amounts, graph.numbers([numberOf(step, 'value')], [])]);
};

const reduction =
  (operator: 'ReduceSum' | 'ReduceMean'): Write =>
  (graph, [x = ''], step) => {
    const axes = listOf(step, 'axes');
    const keepdims = step.attributes.keepdim ? 1 : 0;
    if (axes.length === 0) return graph.add('Identity', [x]);
    // In set 17 the axes of a sum are an input, those of a mean an attribute.
    if (operator === 'ReduceSum') return graph.add(operator, [x, graph.integers(axes)], { keepdims });
    return graph.add(operator, [x], { axes, keepdims });
  };

/** Without axes: of all elements. */
const max: Write = (graph, inputs, step) =>
  graph.add('ReduceMax', inputs, {
    ...(step.attributes.axes ? { axes: listOf(step, 'axes') } : {}),
    keepdims: step.attributes.keepdim ? 1 : 0,
  });

const softmax =
  (operator: string): Write =>
  (graph, inputs, step) => {
    if (step.attributes.causal) throw new UserError('onnx: causal attention is not exported; give it a mask');
    return graph.add(operator, inputs, { axis: numberOf(step, 'axis') });
  };

/** log(1 + exp(beta · x)) / beta; its straight part above the threshold is the same to within rounding. */
const softplus: Write = (graph, [x = ''], step) => {
  const beta = graph.numbers([numberOf(step, 'BETA')], []);
  return graph.add('Div', [graph.add('Softplus', [graph.add('Mul', [x, beta])]), beta]);
};

/** x · Φ(x) by the error function. */
const gelu: Write = (graph, [x = '']) => {
  const number = (value: number) => graph.numbers([value], []);
  const error = graph.add('Erf', [graph.add('Mul', [x, number(Math.SQRT1_2)])]);
  return graph.add('Mul', [graph.add('Mul', [x, number(0.5)]), graph.add('Add', [error, number(1)])]);
};

const geluTanh: Write = (graph, [x = '']) => {
  const number = (value: number) => graph.numbers([value], []);
  const cube = graph.add('Mul', [graph.add('Mul', [x, x]), x]);
  const inner = graph.add('Add', [x, graph.add('Mul', [cube, number(0.044715)])]);
  const bent = graph.add('Tanh', [graph.add('Mul', [inner, number(Math.sqrt(2 / Math.PI))])]);
  return graph.add('Mul', [graph.add('Mul', [x, number(0.5)]), graph.add('Add', [bent, number(1)])]);
};

const OPERATORS: Readonly<Record<string, Write>> = {
  conv2d: convolution,
  conv_transpose2d: transposedConvolution,
  interpolate,
  max,
  linear,
  matmul: plain('MatMul'),
  batch_norm: batchNorm,
  layer_norm: layerNorm,
  relu: plain('Relu'),
  leakyRelu: (graph, inputs, step) => graph.add('LeakyRelu', inputs, { alpha: { float: numberOf(step, 'SLOPE') } }),
  neg: plain('Neg'),
  abs: plain('Abs'),
  square: (graph, [x = '']) => graph.add('Mul', [x, x]),
  sqrt: plain('Sqrt'),
  exp: plain('Exp'),
  log: plain('Log'),
  sigmoid: plain('Sigmoid'),
  tanh: plain('Tanh'),
  softplus,
  gelu,
  geluTanh,
  add: plain('Add'),
  sub: plain('Sub'),
  mul: plain('Mul'),
  div: plain('Div'),
  sum: reduction('ReduceSum'),
  mean: reduction('ReduceMean'),
  softmax: softmax('Softmax'),
  log_softmax: softmax('LogSoftmax'),
  'attention shares': softmax('Softmax'),
  max_pool2d: maxPool,
  avg_pool2d: avgPool,
  adaptive_avg_pool2d: adaptiveAvgPool,
  cat: (graph, inputs, step) => graph.add('Concat', inputs, { axis: numberOf(step, 'axis') }),
  reshape,
  expand,
  permute: (graph, inputs, step) => graph.add('Transpose', inputs, { perm: listOf(step, 'axes') }),
  slice,
  pad,
};

/** Writes a step into the graph and gives the name of its output. @throws UserError for an operation that is not exported */
export function writeStep(graph: Graph, inputs: readonly string[], step: Situation): string {
  const write = Object.hasOwn(OPERATORS, step.operation) ? OPERATORS[step.operation] : undefined;
  if (!write)
    throw new UserError(
      `onnx: the operation ${step.operation} is not exported; those that are: ${Object.keys(OPERATORS).join(', ')}`,
    );
  return write(graph, inputs, step);
}
