import { suite } from 'uvu';
import { functional as F } from '../../src/nn/index.ts';
import { casesOf, checkReference, type Inputs, type Run } from './reference.ts';

const test = suite('nn.functional against PyTorch');

type Given = Parameters<Run>[1];
const need = (inputs: Inputs, name: string) => {
  const value = inputs[name];
  if (!value) throw new Error(`the case has no input ${name}`);
  return value;
};
const optionalPair = (params: Given, name: string) => (params.has(name) ? params.pair(name) : undefined);

const operations: Record<string, Run> = {
  relu: (inputs) => F.relu(need(inputs, 'x')),
  add: (inputs) => F.add(need(inputs, 'input'), need(inputs, 'other')),
  mul: (inputs) => F.mul(need(inputs, 'input'), need(inputs, 'other')),
  conv2d: (inputs, params) =>
    F.conv2d(need(inputs, 'x'), need(inputs, 'weight'), {
      bias: inputs.bias,
      stride: params.pair('stride', 1),
      padding: params.pair('padding', 0),
      dilation: params.pair('dilation', 1),
      groups: params.number('groups', 1),
    }),
  linear: (inputs) => F.linear(need(inputs, 'x'), need(inputs, 'weight'), inputs.bias),
  batch_norm: (inputs, params) => {
    const training = params.boolean('training', false);
    const [runningMean, runningVar] = [need(inputs, 'running_mean'), need(inputs, 'running_var')];
    const y = F.batchNorm(need(inputs, 'x'), {
      weight: need(inputs, 'weight'),
      bias: need(inputs, 'bias'),
      runningMean,
      runningVar,
      training,
      momentum: params.number('momentum', 0.1),
      eps: params.number('eps', 1e-5),
    });
    return training ? { y, running_mean: runningMean.detach(), running_var: runningVar.detach() } : y;
  },
  max_pool2d: (inputs, params) =>
    F.maxPool2d(need(inputs, 'x'), params.pair('kernel_size'), { stride: optionalPair(params, 'stride'), padding: params.pair('padding', 0) }),
  avg_pool2d: (inputs, params) =>
    F.avgPool2d(need(inputs, 'x'), params.pair('kernel_size'), {
      stride: optionalPair(params, 'stride'),
      padding: params.pair('padding', 0),
      countIncludePad: params.boolean('count_include_pad', true),
    }),
  adaptive_avg_pool2d: (inputs, params) => F.adaptiveAvgPool2d(need(inputs, 'x'), params.pair('output_size')),
  gaussian_nll_loss: (inputs, params) =>
    F.gaussianNllLoss(need(inputs, 'input'), need(inputs, 'target'), need(inputs, 'var'), {
      full: params.boolean('full', false),
      eps: params.number('eps', 1e-6),
      reduction: params.text('reduction', 'mean') as F.Reduction,
    }),
  mse_loss: (inputs, params) =>
    F.mseLoss(need(inputs, 'input'), need(inputs, 'target'), { reduction: params.text('reduction', 'mean') as F.Reduction }),
  l1_loss: (inputs, params) =>
    F.l1Loss(need(inputs, 'input'), need(inputs, 'target'), { reduction: params.text('reduction', 'mean') as F.Reduction }),
  smooth_l1_loss: (inputs, params) =>
    F.smoothL1Loss(need(inputs, 'input'), need(inputs, 'target'), {
      reduction: params.text('reduction', 'mean') as F.Reduction,
      beta: params.number('beta', 1),
    }),
};

for (const [operation, run] of Object.entries(operations)) {
  test(operation, async () => {
    for (const name of await casesOf(operation)) await checkReference(name, run);
  });
}

test.run();
