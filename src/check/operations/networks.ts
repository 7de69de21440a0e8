import type { Gpu } from '../../gpu/index.ts';
import * as F from '../../nn/functional/index.ts';
import type { StateDict } from '../../nn/layers/state.ts';
import {
  type AnyNetworkOptions,
  createNetwork,
  type Network,
  type NetworkName,
  networkName,
} from '../../nn/models/index.ts';
import { scope } from '../../nn/scope.ts';
import { Tensor, tensor } from '../../nn/tensor.ts';
import { UserError } from '../../util/errors.ts';
import type { Values } from '../case.ts';
import { formulaValues } from '../formula.ts';
import type { Params } from '../params.ts';
import { input, type Operation, type Outcome, outputNames, type Task } from '../task.ts';
import { valuesOf } from './differentiable.ts';
import { makeOptimizer } from './optimizers.ts';

/** Losses of a training run by name: the network's output and the target of one step. */
const LOSSES: Readonly<Record<string, (output: Tensor, target: Tensor) => Tensor>> = {
  gaussian_nll: (output, target) => F.gaussianNll(output, F.reshape(target, [target.size])),
  mse_loss: (output, target) => F.mseLoss(output, target),
  l1_loss: (output, target) => F.l1Loss(output, target),
  smooth_l1_loss: (output, target) => F.smoothL1Loss(output, target),
};

const known = (table: object) => Object.keys(table).join(', ');

/** A network with the case's parameters, in training or in use. */
export function network(task: Task, params: Params, mode: string): Network {
  if (mode !== 'train' && mode !== 'eval') throw new UserError(`params: mode is "${mode}", not train or eval`);
  const name = networkName(params.text('name'));
  const module = createNetwork(name, { gpu: task.gpu, ...networkOptions(name, params) });
  module.loadStateDict(stateOf(task, module));
  return module.train(mode === 'train');
}

type Options = Omit<AnyNetworkOptions, 'gpu'>;

/** Options that only some networks have, under torchvision's names; `hidden_features` is our own. */
const PARTICULAR: Partial<Record<NetworkName, (params: Params) => Options>> = {
  vgg11_bn: (params) => ({
    dropout: params.number('dropout', 0.5),
    hiddenFeatures: params.number('hidden_features', 4096),
  }),
  inception_v3: (params) => ({
    dropout: params.number('dropout', 0.5),
    auxLogits: params.boolean('aux_logits', true),
    transformInput: params.boolean('transform_input', false),
  }),
  squeezenet1_0: (params) => ({ dropout: params.number('dropout', 0.5) }),
};

function networkOptions(name: NetworkName, params: Params): Options {
  return {
    inChannels: params.number('in_channels', 3),
    ...(params.has('out_channels') && { outChannels: params.number('out_channels') }),
    ...PARTICULAR[name]?.(params),
  };
}

/** The file's parameters and buffers, or those of the formula that `values` names. */
function stateOf(task: Task, module: Network): StateDict {
  if (!task.params.has('values')) {
    return new Map(
      [...task.parameters].map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }]),
    );
  }
  const formula = task.params.nested('values', 'generator');
  formula.only('generator', 'philox');
  const seed = formula.number('seed');
  const names = [...module.namedTensors()].filter(([name]) => !name.endsWith('num_batches_tracked'));
  return new Map(names.map(([name, { shape }]) => [name, { shape, data: formulaValues(name, shape, seed) }]));
}

/** Gradients of those parameters that the case expects. */
async function parameterGradients(task: Task, module: Network): Promise<Outcome> {
  const gradients: Outcome = new Map();
  for (const [name, { grad }] of module.namedParameters()) {
    if (grad && task.expected.has(`grad.param.${name}`)) gradients.set(`grad.param.${name}`, await valuesOf(grad));
  }
  return gradients;
}

/** Parameters and buffers after the run that the case expects as `out.param.NAME` and `out.buffer.NAME`. */
async function finalState(task: Task, module: Network): Promise<Outcome> {
  const state: Outcome = new Map();
  for (const [name, values] of module.namedTensors()) {
    for (const full of [`out.param.${name}`, `out.buffer.${name}`]) {
      if (task.expected.has(full)) state.set(full, await valuesOf(values));
    }
  }
  return state;
}

const upload = (gpu: Gpu, { shape, data }: Values, requiresGrad = false) =>
  tensor(gpu, Float32Array.from(data), shape, { requiresGrad });

/** The network's outputs by the names that cases give them: `y`, and `aux` of an auxiliary head. */
function outputsOf(task: Task, output: ReturnType<Network['forward']>): Record<string, Tensor> {
  if (!(output instanceof Tensor)) return { y: output.logits, aux: output.auxLogits };
  const [name = 'y'] = outputNames(task).filter((each) => !/^(param|buffer)\./.test(each));
  return { [name]: output };
}

/** Back from the gradients that the case puts into outputs, all at once: the graph is gone afterwards. */
function backward(task: Task, outputs: Record<string, Tensor>): void {
  const given = [...task.outputGradients].map(([name, gradient]) => {
    const output = outputs[name];
    if (output) return { output, gradient: upload(task.gpu, gradient) };
    throw new UserError(`"grad.out.${name}" belongs to no output; there are ${known(outputs)}`);
  });
  const [first, ...more] = given;
  if (first && more.length === 0) return first.output.backward(first.gradient);
  const terms = given.map(({ output, gradient }) => F.sum(F.mul(output, gradient)));
  if (terms.length > 0) terms.reduce((sum, term) => F.add(sum, term)).backward();
}

/** A whole network, forward and, where `grad.out` is given, back to its parameters and its input. */
export const model: Operation = async (task) => {
  const module = network(task, task.params, task.params.text('mode', 'train'));
  const { x, outputs } = scope(() => {
    const x = upload(task.gpu, input(task, 'x'), task.expected.has('grad.in.x'));
    const outputs = outputsOf(task, module.forward(x));
    backward(task, outputs);
    return { x, outputs };
  });
  const outcome: Outcome = new Map();
  for (const [name, output] of Object.entries(outputs)) outcome.set(`out.${name}`, await valuesOf(output));
  if (x.grad) outcome.set('grad.in.x', await valuesOf(x.grad));
  for (const values of [await parameterGradients(task, module), await finalState(task, module)]) {
    for (const [name, value] of values) outcome.set(name, value);
  }
  for (const each of [x, module, ...Object.values(outputs)]) each.dispose();
  return outcome;
};

/** Row `step` of values with a leading step axis. */
function row({ shape: [steps = 0, ...shape], data }: Values, step: number): Values {
  const size = data.length / steps;
  return { shape, data: data.subarray(step * size, (step + 1) * size) };
}

/** Several steps of training: the loss of each, the gradients of the first, and the parameters after the last. */
export const trainSteps: Operation = async (task) => {
  const { gpu, params } = task;
  const [xs, targets, steps] = [input(task, 'x'), input(task, 'target'), params.number('steps')];
  for (const [name, { shape }] of Object.entries({ x: xs, target: targets })) {
    if (shape[0] !== steps) throw new UserError(`"in.${name}" has ${shape[0]} steps, params say ${steps}`);
  }
  const lossName = params.text('loss');
  const loss = Object.hasOwn(LOSSES, lossName) ? LOSSES[lossName] : undefined;
  if (!loss) throw new UserError(`params: loss "${lossName}" is unknown; known are ${known(LOSSES)}`);
  const description = params.nested('model', 'name');
  const module = network(task, description, description.text('mode', 'train'));
  const options = params.nested('optimizer', 'name');
  const optimizer = makeOptimizer(options.text('name'), module.namedParameters(), options);

  const losses = new Float32Array(steps);
  let outcome: Outcome = new Map();
  for (let step = 0; step < steps; step++) {
    module.zeroGrad();
    const value = scope(() => {
      const output = module.forward(upload(gpu, row(xs, step)));
      if (!(output instanceof Tensor))
        throw new UserError('train_steps: its losses take one output; use aux_logits: false');
      const result = loss(output, upload(gpu, row(targets, step)));
      result.backward();
      return result;
    });
    losses[step] = await value.item();
    value.dispose();
    if (step === 0) outcome = await parameterGradients(task, module);
    optimizer.step();
  }
  outcome.set('out.loss', { shape: [steps], data: losses });
  for (const [name, values] of await finalState(task, module)) outcome.set(name, values);
  optimizer.dispose();
  module.dispose();
  return outcome;
};
