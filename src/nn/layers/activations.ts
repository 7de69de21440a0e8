/** Functions of single numbers as layers, for `Sequential`. */
import { gelu, leakyRelu, relu, sigmoid, softplus, tanh } from '../functional/elementwise.ts';
import { logSoftmax, softmax } from '../functional/softmax.ts';
import type { Tensor } from '../tensor.ts';
import { Module } from './module.ts';

/** max(x, 0). */
export class ReLU extends Module {
  forward(x: Tensor): Tensor {
    return relu(x);
  }
}

/** x where it is positive, else `negativeSlope` · x. */
export class LeakyReLU extends Module {
  readonly #negativeSlope: number;

  constructor(negativeSlope = 0.01) {
    super();
    this.#negativeSlope = negativeSlope;
  }

  forward(x: Tensor): Tensor {
    return leakyRelu(x, { negativeSlope: this.#negativeSlope });
  }
}

/** x · Φ(x), Φ the normal distribution function, or its approximation by tanh. */
export class GELU extends Module {
  readonly #approximate: 'none' | 'tanh';

  constructor({ approximate = 'none' }: { approximate?: 'none' | 'tanh' } = {}) {
    super();
    this.#approximate = approximate;
  }

  forward(x: Tensor): Tensor {
    return gelu(x, { approximate: this.#approximate });
  }
}

/** 1 / (1 + exp(−x)). */
export class Sigmoid extends Module {
  forward(x: Tensor): Tensor {
    return sigmoid(x);
  }
}

/** The hyperbolic tangent. */
export class Tanh extends Module {
  forward(x: Tensor): Tensor {
    return tanh(x);
  }
}

/** log(1 + exp(beta · x)) / beta; x itself where beta · x exceeds the threshold. */
export class Softplus extends Module {
  readonly #options: { beta?: number; threshold?: number };

  constructor(options: { beta?: number; threshold?: number } = {}) {
    super();
    this.#options = options;
  }

  forward(x: Tensor): Tensor {
    return softplus(x, this.#options);
  }
}

/** exp(x) / Σ exp(x), the sum along axis `dim`. */
export class Softmax extends Module {
  readonly #dim: number;

  constructor(dim: number) {
    super();
    this.#dim = dim;
  }

  forward(x: Tensor): Tensor {
    return softmax(x, this.#dim);
  }
}

/** The logarithm of the softmax along axis `dim`. */
export class LogSoftmax extends Module {
  readonly #dim: number;

  constructor(dim: number) {
    super();
    this.#dim = dim;
  }

  forward(x: Tensor): Tensor {
    return logSoftmax(x, this.#dim);
  }
}
