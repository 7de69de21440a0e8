/** Networks: tensors with gradients, operations, layers, models, losses, optimisers, explanations. */
export { type Rule, noGrad, operation } from './autograd.ts';
export * as functional from './functional/index.ts';
export { keep, scope } from './scope.ts';
export { type DType, empty, full, ones, Tensor, tensor, type TensorData, type TensorOptions, zeros } from './tensor.ts';
