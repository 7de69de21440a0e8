import type { Gpu } from '../../gpu/index.ts';
import { layerNorm } from '../functional/layer_norm.ts';
import type { Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';

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

  constructor(gpu: Gpu, normalizedShape: number | Shape, options: LayerNormLayerOptions = {}) {
    super();
    this.#normalizedShape = [normalizedShape].flat();
    this.#eps = options.eps ?? 1e-5;
    const affine = options.elementwiseAffine ?? true;
    this.weight = affine ? new Parameter(gpu, this.#normalizedShape) : null;
    this.bias = affine ? new Parameter(gpu, this.#normalizedShape) : null;
  }

  override resetParameters(): void {
    this.weight?.write(new Float32Array(this.weight.size).fill(1));
    this.bias?.write(new Float32Array(this.bias.size));
  }

  forward(x: Tensor): Tensor {
    return layerNorm(x, this.#normalizedShape, { weight: this.weight, bias: this.bias, eps: this.#eps });
  }
}
