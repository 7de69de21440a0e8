export { BatchNorm2d, type BatchNorm2dOptions } from './batch_norm2d.ts';
export { Conv2d, type Conv2dLayerOptions } from './conv2d.ts';
export { Dropout } from './dropout.ts';
export { type Initialiser, kaimingNormalFanOut, uniformOverInputs } from './initialise.ts';
export { Linear } from './linear.ts';
export { Module, type RandomOf } from './module.ts';
export { Parameter } from './parameter.ts';
export { AdaptiveAvgPool2d, Flatten, MaxPool2d, ReLU, Sequential } from './simple.ts';
export type { LoadOptions, LoadReport, StateDict } from './state.ts';
