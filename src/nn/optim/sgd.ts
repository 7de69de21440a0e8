import { sgdScalars, sgdStep } from '../../kernels/sgd/sgd.ts';
import { UserError } from '../../util/errors.ts';
import type { Tensor } from '../tensor.ts';
import type { Optimised } from './groups.ts';
import { type CommonOptions, type Due, Optimizer, type StepOptions, type UpdateRule } from './optimizer.ts';

/** Options of `SGD`. */
export interface SGDOptions extends CommonOptions {
  /** Rate; 1e-3 where left out. */
  lr: number;
  /** Share of the old velocity in the new one; 0 where left out: no velocity is kept. */
  momentum: number;
  /** Share of the gradient that is left out of the velocity, except in the first step; 0 where left out. */
  dampening: number;
  /** Added to the gradient as a share of the parameter; 0 where left out. */
  weightDecay: number;
  /** Whether the update looks one step of the velocity ahead (Nesterov's momentum). */
  nesterov: boolean;
}

const RULE: UpdateRule<SGDOptions> = {
  name: 'SGD',
  defaults: { lr: 1e-3, momentum: 0, dampening: 0, weightDecay: 0, nesterov: false, maximize: false },
  ranges({ momentum, dampening, nesterov }) {
    if (nesterov && (momentum === 0 || dampening !== 0))
      throw new UserError(`SGD: nesterov takes a momentum above 0 and no dampening, not ${momentum} and ${dampening}`);
    return [
      ['momentum', momentum, Infinity],
      ['dampening', dampening, Infinity],
    ];
  },
  stateNames: ({ momentum }) => (momentum > 0 ? ['momentum_buffer'] : []),
  scalars: (options, step) => sgdScalars({ ...options, step }),
  update(due, scalars) {
    for (const each of due) updateOne(each, scalars);
  },
  momentum: ({ momentum }) => momentum,
  setMomentum(options, value) {
    options.momentum = value;
  },
};

function updateOne({ slot, grad, options: { momentum, nesterov } }: Due<SGDOptions>, scalars: Tensor): void {
  const { name, parameter, group, state } = slot;
  const { momentum_buffer: velocity } = state;
  if (momentum > 0 && !velocity)
    throw new UserError(
      `SGD: the momentum of "${name}" was 0 at first, so no velocity is kept; give it from the start`,
    );
  sgdStep(parameter.gpu, {
    param: parameter.buffer,
    grad: grad.buffer,
    velocity: velocity?.buffer ?? null,
    nesterov,
    scalars: scalars.buffer,
    group,
    n: parameter.size,
  });
}

/** Stochastic gradient descent with momentum (Sutskever et al., ICML 2013), as torch.optim.SGD. */
export class SGD extends Optimizer<SGDOptions> {
  /** Takes `network.namedParameters()`, a list of parameters, or groups of them with options of their own. */
  constructor(parameters: Optimised<SGDOptions>, options: Partial<SGDOptions> & StepOptions = {}) {
    super(RULE, parameters, options);
  }
}
