import { scoreCam } from '../../nn/explain/score_cam.ts';
import { tensor } from '../../nn/tensor.ts';
import { UserError } from '../../util/errors.ts';
import { input, type Operation, singleOutput } from '../task.ts';
import { valuesOf } from './differentiable.ts';
import { network } from './networks.ts';

/** The explanation of one picture by Score-CAM. */
export const scoreCamOfPicture: Operation = async (task) => {
  const { gpu, params } = task;
  const recipe = params.text('recipe', 'wang2020');
  if (recipe !== 'wang2020' && recipe !== 'kerber2023') {
    throw new UserError(`params: recipe "${recipe}" is unknown; known are wang2020, kerber2023`);
  }
  const layer = params.text('layer', 'layer3');
  const description = params.nested('model', 'name');
  const module = network(task, description, description.text('mode', 'eval'));
  const { shape, data } = input(task, 'x');
  const picture = tensor(gpu, Float32Array.from(data), shape);
  const map = await scoreCam(module, picture, { layer, recipe });
  const outcome = singleOutput(task, await valuesOf(map));
  for (const each of [map, picture, module]) each.dispose();
  return outcome;
};
