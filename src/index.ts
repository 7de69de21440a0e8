/// <reference lib="esnext.disposable" preserve="true" />
/** What the library offers, in Node and in browsers: `import { grad, nn, openGpu, optim, tensor } from 'agelens'`. */
export * from './gpu/index.ts';
export * as nn from './nn/index.ts';
export {
  arange,
  full,
  grad,
  keep,
  noGrad,
  oneHot,
  ones,
  operation,
  optim,
  rand,
  randn,
  scope,
  Tensor,
  tensor,
  valueAndGrad,
  zeros,
} from './nn/index.ts';
