/** Layers without parameters, and the one that runs others in turn. */
import { type InterpolateOptions, interpolate } from '../functional/interpolate.ts';
import { adaptiveAvgPool2d, type MaxPool2dOptions, maxPool2d } from '../functional/pooling.ts';
import { flatten } from '../functional/reshape.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { Module } from './module.ts';

export class MaxPool2d extends Module {
  readonly #kernelSize: number | [number, number];
  readonly #options: MaxPool2dOptions;

  constructor(kernelSize: number | [number, number], options: MaxPool2dOptions = {}) {
    super();
    this.#kernelSize = kernelSize;
    this.#options = options;
  }

  forward(x: Tensor): Tensor {
    return maxPool2d(x, this.#kernelSize, this.#options);
  }
}

export class AdaptiveAvgPool2d extends Module {
  readonly #outputSize: number | [number, number];

  constructor(outputSize: number | [number, number]) {
    super();
    this.#outputSize = outputSize;
  }

  forward(x: Tensor): Tensor {
    return adaptiveAvgPool2d(x, this.#outputSize);
  }
}

/** Pictures in another size: `size` or `scaleFactor` with `mode` and `alignCorners`. */
export class Upsample extends Module {
  readonly #options: InterpolateOptions;

  constructor(options: InterpolateOptions) {
    super();
    this.#options = options;
  }

  forward(x: Tensor): Tensor {
    return interpolate(x, this.#options);
  }
}

/** Joins all axes but the first. */
export class Flatten extends Module {
  forward(x: Tensor): Tensor {
    return flatten(x, 1);
  }
}

/** Runs modules one after the other; their names are '0', '1', … */
export class Sequential extends Module {
  readonly #modules: readonly Module[];

  constructor(...modules: Module[]) {
    super();
    this.#modules = modules;
  }

  override children(): [string, Module][] {
    return this.#modules.map((module, i) => [String(i), module]);
  }

  forward(x: Tensor): Tensor {
    return scope(() => this.#modules.reduce((value, module) => module.forward(value), x));
  }
}
