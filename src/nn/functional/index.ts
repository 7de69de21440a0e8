/**
 * Operations on tensors with their gradients, named as in torch.nn.functional. Whole files are passed on, because methods of
 * tensors get their docstrings by that way only; what functions share lies in files that are not named here.
 */
export * from './attention.ts';
export * from './batch_norm.ts';
export * from './cat.ts';
export * from './conv_transpose2d.ts';
export * from './conv2d.ts';
export * from './dropout.ts';
export * from './elementwise.ts';
export * from './interpolate.ts';
export * from './layer_norm.ts';
export * from './linear.ts';
export * from './losses.ts';
export * from './matmul.ts';
export * from './max.ts';
export * from './pooling.ts';
export * from './reduce.ts';
export * from './reshape.ts';
export * from './softmax.ts';
export * from './strided.ts';
