import { type AdamStep, adamScalars, adamSteps } from '../../kernels/adam/adam.ts';
import type { Tensor } from '../tensor.ts';
import type { Optimised } from './groups.ts';
import { type CommonOptions, type Due, Optimizer, type StepOptions, type UpdateRule } from './optimizer.ts';

/** Options of `Adam` and `AdamW`. */
export interface AdamOptions extends CommonOptions {
  /** Rate; 1e-3 where left out. */
  lr: number;
  /** Shares of the old averages of gradients and of their squares in the new ones; 0.9 and 0.999 where left out. */
  betas: readonly [number, number];
  /** Added to the root of the average of squares; 1e-8 where left out. */
  eps: number;
  /**
   * Adam: added to the gradient as a share of the parameter; 0 where left out. AdamW: share of the rate by which parameters
   * shrink in every step; 0.01 where left out.
   */
  weightDecay: number;
}

function rule(name: string, weightDecay: number, decoupled: boolean): UpdateRule<AdamOptions> {
  return {
    name,
    defaults: { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay, maximize: false },
    ranges: ({ betas, eps }) => [
      ['beta1', betas[0], 1],
      ['beta2', betas[1], 1],
      ['eps', eps, Infinity],
    ],
    stateNames: () => ['exp_avg', 'exp_avg_sq'],
    scalars: ({ weightDecay: decay, ...options }, step) =>
      adamScalars({ ...options, step, coupledDecay: decoupled ? 0 : decay, decoupledDecay: decoupled ? decay : 0 }),
    update,
    momentum: ({ betas }) => betas[0],
    setMomentum(options, value) {
      options.betas = [value, options.betas[1]];
    },
  };
}

function update(due: readonly Due<AdamOptions>[], scalars: Tensor): void {
  const steps = due.map(({ slot: { parameter, group, state }, grad }): AdamStep => {
    const { exp_avg: average, exp_avg_sq: averageSq } = state as Record<'exp_avg' | 'exp_avg_sq', Tensor>;
    const buffers = {
      param: parameter.buffer,
      grad: grad.buffer,
      average: average.buffer,
      averageSq: averageSq.buffer,
    };
    return { ...buffers, group, n: parameter.size };
  });
  adamSteps(scalars.gpu, steps, scalars.buffer);
}

const ADAM = rule('Adam', 0, false);
const ADAMW = rule('AdamW', 0.01, true);

/** Adam (Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015), as torch.optim.Adam. */
export class Adam extends Optimizer<AdamOptions> {
  /** Takes `network.namedParameters()`, a list of parameters, or groups of them with options of their own. */
  constructor(parameters: Optimised<AdamOptions>, options: Partial<AdamOptions> & StepOptions = {}) {
    super(ADAM, parameters, options);
  }
}

/** AdamW (Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019), as torch.optim.AdamW. */
export class AdamW extends Optimizer<AdamOptions> {
  /** Takes `network.namedParameters()`, a list of parameters, or groups of them with options of their own. */
  constructor(parameters: Optimised<AdamOptions>, options: Partial<AdamOptions> & StepOptions = {}) {
    super(ADAMW, parameters, options);
  }
}
