/** Layers without parameters, and the one that runs others in turn. */
import { type InterpolateOptions, interpolate } from '../functional/interpolate.ts';
import {
  type AvgPool2dOptions,
  adaptiveAvgPool2d,
  avgPool2d,
  type MaxPool2dOptions,
  maxPool2d,
} from '../functional/pooling.ts';
import { flatten } from '../functional/reshape.ts';
import { drop, scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { ReLU } from './activations.ts';
import { BatchNorm2d } from './batch_norm2d.ts';
import { Module } from './module.ts';

/** Maxima over windows: x [batch, channels, height, width]. */
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

/** Means over windows: x [batch, channels, height, width]. */
export class AvgPool2d extends Module {
  readonly #kernelSize: number | [number, number];
  readonly #options: AvgPool2dOptions;

  constructor(kernelSize: number | [number, number], options: AvgPool2dOptions = {}) {
    super();
    this.#kernelSize = kernelSize;
    this.#options = options;
  }

  forward(x: Tensor): Tensor {
    return avgPool2d(x, this.#kernelSize, this.#options);
  }
}

/** Means over as many windows as the output has places: x [batch, channels, height, width]. */
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

/**
 * Runs modules one after the other. Their names are '0', '1', …, or those of the object they are given in. A batch norm and
 * the ReLU behind it run as one.
 */
export class Sequential extends Module {
  readonly #modules: readonly [string, Module][];

  constructor(...modules: Module[] | [Readonly<Record<string, Module>>]) {
    super();
    const [named] = modules;
    this.#modules =
      named === undefined || named instanceof Module
        ? (modules as Module[]).map((module, i) => [String(i), module])
        : Object.entries(named);
  }

  override children(): [string, Module][] {
    return [...this.#modules];
  }

  forward(x: Tensor): Tensor {
    return inTurn(
      x,
      this.#modules.map(([, module]) => module),
    );
  }
}

/** What modules give one after the other; a result between two of them ends as soon as the second has run. */
export function inTurn(x: Tensor, modules: readonly Module[]): Tensor {
  return scope(() => {
    let value = x;
    for (let i = 0; i < modules.length; i++) {
      const [module, next] = [modules[i] as Module, modules[i + 1]];
      const fused = module instanceof BatchNorm2d && next instanceof ReLU && !isWatched(module) && !isWatched(next);
      const output = fused ? module.forward(value, { activation: 'relu' }) : module.forward(value);
      if (fused) i++;
      if (value !== output) drop(value);
      value = output;
    }
    return value;
  });
}

/** Whether somebody put another `forward` before a module's own, to see what it puts out. */
function isWatched(module: Module): boolean {
  return Object.hasOwn(module, 'forward');
}
