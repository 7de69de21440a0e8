/** Networks: tensors with gradients, operations, layers, models, losses, optimisers, explanations. */
import './methods.ts';

export { type Anomaly, AnomalyDetector, AnomalyError, type AnomalyOptions, detectAnomaly } from './anomaly.ts';
export { autocast, expectMixedPrecision } from './autocast.ts';
export { noGrad, operation, type Rule } from './autograd.ts';
export { arange, oneHot, type RandomOptions, rand, randn } from './create.ts';
export * as explain from './explain/index.ts';
export * as functional from './functional/index.ts';
export { type GradientOf, grad, valueAndGrad } from './grad.ts';
export * from './layers/index.ts';
export type { TensorMethods } from './methods.ts';
export * from './models/index.ts';
export type { Nested } from './nested.ts';
export { type OnnxOptions, saveOnnx, toOnnx } from './onnx/export.ts';
export * as optim from './optim/index.ts';
export { keep, scope } from './scope.ts';
export { type DType, empty, full, ones, Tensor, type TensorData, type TensorOptions, tensor, zeros } from './tensor.ts';
