import { type OnGpu, onGpu } from '../../gpu/index.ts';
import { checkOptions } from '../../util/options.ts';
import { layerNorm } from '../functional/layer_norm.ts';
import type { Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { ones, zeros } from './initialise.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';

/** Options of the layer `LayerNorm`. */
export interface LayerNormLayerOptions {
  /** Added to the variance; 1e-5 where left out. */
  eps?: number;
  /** Whether weight and bias are learned; true where left out. */
  elementwiseAffine?: boolean;
}

/** Layer normalisation over the last axes, of the shape `normalizedShape`, with learned weight and bias of that shape. */
export class LayerNorm extends Module {
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly #normalizedShape: Shape;
  readonly #eps: number;

  constructor(...given: OnGpu<[normalizedShape: number | Shape, options?: LayerNormLayerOptions]>) {
    super();
    const [gpu, normalizedShape, options = {}] = onGpu(given);
    checkOptions('LayerNorm', options, ['eps', 'elementwiseAffine']);
    this.#normalizedShape = [normalizedShape].flat();
    this.#eps = options.eps ?? 1e-5;
    const affine = options.elementwiseAffine ?? true;
    this.weight = affine ? new Parameter(gpu, this.#normalizedShape, ones) : null;
    this.bias = affine ? new Parameter(gpu, this.#normalizedShape, zeros) : null;
  }

  forward(x: Tensor): Tensor {
    return layerNorm(x, this.#normalizedShape, { weight: this.weight, bias: this.bias, eps: this.#eps });
  }
}
