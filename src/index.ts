/** What the library offers, in Node and in browsers: `import { openGpu, tensor, nn, optim } from 'agelens'`. */
export * from './gpu/index.ts';
export * as nn from './nn/index.ts';
export { keep, noGrad, optim, scope, Tensor, tensor } from './nn/index.ts';
