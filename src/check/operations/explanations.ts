import { type GradCamMethod, gradCam } from '../../nn/explain/grad_cam.ts';
import { scoreCam } from '../../nn/explain/score_cam.ts';
import type { Module } from '../../nn/layers/module.ts';
import { type Tensor, tensor } from '../../nn/tensor.ts';
import { UserError } from '../../util/errors.ts';
import { input, type Operation, singleOutput, type Task } from '../task.ts';
import { valuesOf } from './differentiable.ts';
import { network } from './networks.ts';

type Explain = (network: Module, picture: Tensor, layer: string, task: Task) => Promise<Tensor> | Tensor;

/** The explanation of one picture. */
function explanationBy(explain: Explain): Operation {
  return async (task) => {
    const { gpu, params } = task;
    const layer = params.text('layer', 'layer3');
    const description = params.nested('model', 'name');
    const module = network(task, description, description.text('mode', 'eval'));
    const { shape, data } = input(task, 'x');
    const picture = tensor(gpu, Float32Array.from(data), shape);
    // In use every network gives one tensor.
    const map = await explain(module as Module, picture, layer, task);
    const outcome = singleOutput(task, await valuesOf(map));
    for (const each of [map, picture, module]) each.dispose();
    return outcome;
  };
}

const byGradients = (method: GradCamMethod): Operation =>
  explanationBy((module, picture, layer) => gradCam(module, picture, { layer, method }));

/** Explanations by name. */
export const EXPLANATIONS: Readonly<Record<string, Operation>> = {
  score_cam: explanationBy((module, picture, layer, { params }) => {
    const recipe = params.text('recipe', 'wang2020');
    if (recipe !== 'wang2020' && recipe !== 'kerber2023') {
      throw new UserError(`params: recipe "${recipe}" is unknown; known are wang2020, kerber2023`);
    }
    return scoreCam(module, picture, { layer, recipe });
  }),
  grad_cam: byGradients('grad_cam'),
  grad_cam_pp: byGradients('grad_cam_pp'),
};
