import { perturbationCurves } from '../../nn/explain/curves.ts';
import { type GradCamMethod, gradCam } from '../../nn/explain/grad_cam.ts';
import { scoreCam } from '../../nn/explain/score_cam.ts';
import { spearman, structuralSimilarity } from '../../nn/explain/similarity.ts';
import type { Module } from '../../nn/layers/module.ts';
import { type Tensor, tensor } from '../../nn/tensor.ts';
import { UserError } from '../../util/errors.ts';
import type { Values } from '../case.ts';
import { input, type Operation, type Outcome, singleOutput, type Task } from '../task.ts';
import { valuesOf } from './differentiable.ts';
import { network } from './networks.ts';

/** What is done with a network and a picture [1, channels, height, width]. */
type Use<T> = (module: Module, picture: Tensor, task: Task) => Promise<T> | T;

async function withNetwork<T>(task: Task, use: Use<T>): Promise<T> {
  const description = task.params.nested('model', 'name');
  const module = network(task, description, description.text('mode', 'eval'));
  const { shape, data } = input(task, 'x');
  const picture = tensor(task.gpu, Float32Array.from(data), shape);
  try {
    // In use every network gives one tensor.
    return await use(module as Module, picture, task);
  } finally {
    picture.dispose();
    module.dispose();
  }
}

/** The explanation of one picture. */
function explanationBy(explain: (...given: [...Parameters<Use<Tensor>>, layer: string]) => Promise<Tensor> | Tensor) {
  return (task: Task): Promise<Outcome> =>
    withNetwork(task, async (module, picture) => {
      const map = await explain(module, picture, task, task.params.text('layer', 'layer3'));
      const outcome = singleOutput(task, await valuesOf(map));
      map.dispose();
      return outcome;
    });
}

const curves: Operation = (task) =>
  withNetwork(task, async (module, picture) => {
    const map = Float32Array.from(input(task, 'map').data);
    const found = await perturbationCurves(module, picture, map, { steps: task.params.number('steps', 20) });
    return new Map(
      Object.entries(found).map(([name, curve]) => [
        `out.${name}`,
        { shape: [curve.length], data: Float32Array.from(curve) },
      ]),
    );
  });

/** One number from two maps of one shape. */
function comparison(compare: (x: Values, y: Values) => number): Operation {
  return async (task) => {
    const value = compare(input(task, 'x'), input(task, 'y'));
    return singleOutput(task, { shape: [1], data: Float32Array.of(value) });
  };
}

const byGradients = (method: GradCamMethod): Operation =>
  explanationBy((module, picture, _, layer) => gradCam(module, picture, { layer, method }));

function heightAndWidth({ shape }: Values): [number, number] {
  const [height = 0, width = 0] = shape;
  if (shape.length !== 2) throw new UserError(`"in.x" has shape [${shape.join(', ')}], not height and width`);
  return [height, width];
}

/** Explanations, and what is measured of them, by name. */
export const EXPLANATIONS: Readonly<Record<string, Operation>> = {
  score_cam: explanationBy((module, picture, { params }, layer) => {
    const recipe = params.text('recipe', 'wang2020');
    if (recipe !== 'wang2020' && recipe !== 'kerber2023') {
      throw new UserError(`params: recipe "${recipe}" is unknown; known are wang2020, kerber2023`);
    }
    return scoreCam(module, picture, { layer, recipe });
  }),
  grad_cam: byGradients('grad_cam'),
  grad_cam_pp: byGradients('grad_cam_pp'),
  perturbation_curves: curves,
  spearmanr: comparison((x, y) => spearman(x.data, y.data)),
  structural_similarity: comparison((x, y) => structuralSimilarity(x.data, y.data, heightAndWidth(x))),
};
