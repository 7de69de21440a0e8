import { Parameter } from '../../nn/layers/parameter.ts';
import { Adam, AdamW, type Optimizer, SGD } from '../../nn/optim/index.ts';
import { scope } from '../../nn/scope.ts';
import { type Tensor, tensor } from '../../nn/tensor.ts';
import { UserError } from '../../util/errors.ts';
import type { Params } from '../params.ts';
import { input, type Operation, singleOutput } from '../task.ts';
import { valuesOf } from './differentiable.ts';

type MakeOptimizer = (parameters: ReadonlyMap<string, Tensor>, params: Params) => Optimizer;

const common = (params: Params, weightDecay: number) => ({
  lr: params.number('lr', 1e-3),
  weightDecay: params.number('weight_decay', weightDecay),
  maximize: params.boolean('maximize', false),
});

function adaptive(params: Params, weightDecay: number) {
  const [beta1 = 0, beta2 = 0] = params.numbers('betas', [0.9, 0.999]);
  const betas = [beta1, beta2] as const;
  return { ...common(params, weightDecay), betas, eps: params.number('eps', 1e-8) };
}

/** Optimisers under the names and with the keywords of torch.optim. */
const OPTIMIZERS: Readonly<Record<string, MakeOptimizer>> = {
  sgd: (parameters, params) =>
    new SGD(parameters, {
      ...common(params, 0),
      momentum: params.number('momentum', 0),
      dampening: params.number('dampening', 0),
      nesterov: params.boolean('nesterov', false),
    }),
  adam: (parameters, params) => new Adam(parameters, adaptive(params, 0)),
  adamw: (parameters, params) => new AdamW(parameters, adaptive(params, 0.01)),
};

export function makeOptimizer(name: string, parameters: ReadonlyMap<string, Tensor>, params: Params): Optimizer {
  const make = Object.hasOwn(OPTIMIZERS, name) ? OPTIMIZERS[name] : undefined;
  if (!make)
    throw new UserError(`params: optimiser "${name}" is unknown; known are ${Object.keys(OPTIMIZERS).join(', ')}`);
  return make(parameters, params);
}

/** `steps` updates of `in.param` with the gradients `in.grad`, which have a leading step axis. */
function updates(name: string): Operation {
  return async (task) => {
    const [start, gradients] = [input(task, 'param'), input(task, 'grad')];
    const steps = task.params.number('steps', 1);
    if (gradients.shape.join() !== [steps, ...start.shape].join()) {
      throw new UserError(
        `"in.grad" has shape [${gradients.shape.join(', ')}], expected [${[steps, ...start.shape].join(', ')}]`,
      );
    }
    const parameter = new Parameter(task.gpu, start.shape);
    parameter.write(Float32Array.from(start.data));
    const optimizer = makeOptimizer(name, new Map([['param', parameter]]), task.params);
    for (let step = 0; step < steps; step++) {
      const gradient = Float32Array.from(gradients.data.subarray(step * parameter.size, (step + 1) * parameter.size));
      scope(() => {
        parameter.grad = tensor(task.gpu, gradient, start.shape);
        optimizer.step();
        parameter.zeroGrad();
      });
    }
    const outcome = singleOutput(task, await valuesOf(parameter));
    optimizer.dispose();
    parameter.dispose();
    return outcome;
  };
}

/** The optimisers as operations. */
export const OPTIMIZER_STEPS: Readonly<Record<string, Operation>> = Object.fromEntries(
  Object.keys(OPTIMIZERS).map((name) => [name, updates(name)]),
);
