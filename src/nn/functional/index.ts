/** Operations on tensors with their gradients, named as in torch.nn.functional. */
export { type AttentionOptions, scaledDotProductAttention } from './attention.ts';
export { type BatchNormOptions, batchNorm } from './batch_norm.ts';
export { cat } from './cat.ts';
export { type ConvTranspose2dOptions, convTranspose2d } from './conv_transpose2d.ts';
export { type Conv2dOptions, conv2d } from './conv2d.ts';
export { type DropoutOptions, dropout } from './dropout.ts';
export {
  abs,
  add,
  div,
  exp,
  gelu,
  leakyRelu,
  log,
  mul,
  neg,
  relu,
  sigmoid,
  softplus,
  sqrt,
  square,
  sub,
  tanh,
} from './elementwise.ts';
export { type InterpolateOptions, interpolate } from './interpolate.ts';
export { type LayerNormOptions, layerNorm } from './layer_norm.ts';
export { linear } from './linear.ts';
export {
  type GaussianNllLossOptions,
  gaussianNll,
  gaussianNllLoss,
  type LossOptions,
  l1Loss,
  mseLoss,
  type Reduction,
  smoothL1Loss,
} from './losses.ts';
export { matmul } from './matmul.ts';
export { type MaxOptions, max } from './max.ts';
export {
  type AvgPool2dOptions,
  adaptiveAvgPool2d,
  avgPool2d,
  type MaxPool2dOptions,
  maxPool2d,
  type Pool2dOptions,
} from './pooling.ts';
export { mean, type ReduceOptions, sum } from './reduce.ts';
export { flatten, reshape } from './reshape.ts';
export { logSoftmax, softmax } from './softmax.ts';
export { expand, pad, permute, type Range, slice } from './strided.ts';
