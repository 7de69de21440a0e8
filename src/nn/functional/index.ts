/** Operations on tensors with their gradients, named as in torch.nn.functional. */
export { batchNorm, type BatchNormOptions } from './batch_norm.ts';
export { conv2d, type Conv2dOptions } from './conv2d.ts';
export { abs, add, div, exp, log, mul, neg, relu, sigmoid, softplus, sqrt, square, sub, tanh } from './elementwise.ts';
export { linear } from './linear.ts';
export { gaussianNll, gaussianNllLoss, type GaussianNllLossOptions, l1Loss, type LossOptions, mseLoss, type Reduction, smoothL1Loss } from './losses.ts';
export { adaptiveAvgPool2d, avgPool2d, type AvgPool2dOptions, maxPool2d, type Pool2dOptions } from './pooling.ts';
export { mean, type ReduceOptions, sum } from './reduce.ts';
export { flatten, reshape } from './reshape.ts';
