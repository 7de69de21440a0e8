import { type OnGpu, onGpu } from '../../gpu/index.ts';
import { checkOptions } from '../../util/options.ts';
import { type BatchNormOptions, batchNorm } from '../functional/batch_norm.ts';
import { keep } from '../scope.ts';
import { full, type Tensor } from '../tensor.ts';
import { ones, zeros } from './initialise.ts';
import { Module, type RandomOf } from './module.ts';
import { Parameter } from './parameter.ts';

/** Options of `BatchNorm2d`. */
export interface BatchNorm2dOptions {
  /** Added to the variance; 1e-5 where left out. */
  eps?: number;
  /** Share of each batch in the running statistics; 0.1 where left out. */
  momentum?: number;
}

/** Batch normalisation with learned weight and bias; `eval()` uses the running statistics. */
export class BatchNorm2d extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly running_mean: Tensor;
  readonly running_var: Tensor;
  readonly num_batches_tracked: Tensor;
  /** Share of each batch in the running statistics; may be changed between passes. */
  momentum: number;
  readonly #eps: number;

  constructor(...given: OnGpu<[channels: number, options?: BatchNorm2dOptions]>) {
    super();
    const [gpu, channels, options = {}] = onGpu(given);
    checkOptions('BatchNorm2d', options, ['eps', 'momentum']);
    this.momentum = options.momentum ?? 0.1;
    this.#eps = options.eps ?? 1e-5;
    this.weight = new Parameter(gpu, [channels], ones);
    this.bias = new Parameter(gpu, [channels], zeros);
    this.running_mean = keep(full(gpu, [channels], 0));
    this.running_var = keep(full(gpu, [channels], 1));
    this.num_batches_tracked = keep(full(gpu, [], 0));
  }

  override resetParameters(random: RandomOf): void {
    super.resetParameters(random);
    this.running_mean.write(new Float32Array(this.running_mean.size));
    this.running_var.write(new Float32Array(this.running_var.size).fill(1));
    this.num_batches_tracked.write(new Float32Array(1));
  }

  /** `fused`: a residual to be added and an activation, as in `functional.batchNorm`. */
  forward(x: Tensor, fused: Pick<BatchNormOptions, 'residual' | 'activation'> = {}): Tensor {
    const {
      weight,
      bias,
      running_mean: runningMean,
      running_var: runningVar,
      num_batches_tracked: batchesTracked,
      training,
      momentum,
    } = this;
    const running = { runningMean, runningVar, batchesTracked };
    return batchNorm(x, { weight, bias, ...running, training, momentum, eps: this.#eps, ...fused });
  }
}
