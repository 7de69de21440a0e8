/**
 * Grad-CAM (Selvaraju et al., "Grad-CAM: visual explanations from deep networks via gradient-based localization", ICCV 2017)
 * and Grad-CAM++ (Chattopadhay et al., "Grad-CAM++: improved visual explanations for deep convolutional networks", WACV
 * 2018) for a network that puts out a number.
 *
 *   A, g         features of a layer [maps, height, width], and the gradient of the score with respect to them
 *   grad_cam     weight of a map = mean of g
 *   grad_cam_pp  weight of a map = Σ α · ReLU(g), α = g² / (2 g² + g³ ΣA) = 1 / (2 + g ΣA), ΣA over the map's pixels
 *   explanation  ReLU(Σ weight · A), bilinear to the picture's size, scaled to [0, 1]
 */
import { UserError } from '../../util/errors.ts';
import { noGrad } from '../autograd.ts';
import { add, div, mul, relu } from '../functional/elementwise.ts';
import { mean, sum } from '../functional/reduce.ts';
import { reshape } from '../functional/reshape.ts';
import type { Module } from '../layers/module.ts';
import { scope } from '../scope.ts';
import { formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type CamOptions, enlarge, evaluationMode, expectPicture, pickOutput, unitMap } from './cam.ts';
import { forwardWithGradient } from './features.ts';

/** Grad-CAM (Selvaraju et al. 2017) or Grad-CAM++ (Chattopadhay et al. 2018). */
export type GradCamMethod = 'grad_cam' | 'grad_cam_pp';

/** Options of `gradCam`. */
export interface GradCamOptions extends CamOptions {
  /** `grad_cam` where left out. */
  method?: GradCamMethod;
}

/**
 * Explains one picture [1, channels, height, width] by a map [height, width] in [0, 1], in evaluation mode. The network is
 * left in the mode it was in, its parameters' gradients as they were.
 * @throws UserError for an unknown layer or a picture of another shape
 */
export function gradCam(network: Module, picture: Tensor, options: GradCamOptions = {}): Tensor {
  const { method = 'grad_cam', layer = 'layer3' } = options;
  expectPicture(method, picture);
  const restore = evaluationMode(network);
  // Gradients are wanted of the features alone.
  const learned = network.parameters().filter((parameter) => parameter.requiresGrad);
  for (const parameter of learned) parameter.requiresGrad = false;
  try {
    return scope(() => explanation(network, picture, layer, method, options));
  } finally {
    for (const parameter of learned) parameter.requiresGrad = true;
    restore();
  }
}

function explanation(
  network: Module,
  picture: Tensor,
  layer: string,
  method: GradCamMethod,
  options: GradCamOptions,
): Tensor {
  const input = picture.detach();
  input.requiresGrad = true;
  const { output, features } = forwardWithGradient(network, input, layer);
  try {
    if (features.shape.length !== 4 || features.size === 0) {
      throw new UserError(
        `${method}: layer "${layer}" puts out ${formatShape(features.shape)}; it must put out [1, maps, height, width]`,
      );
    }
    reshape(pickOutput(method, output, options), []).backward();
    const { grad } = features;
    if (!grad) throw new UserError(`${method}: the output does not depend on what layer "${layer}" puts out`);
    return noGrad(() => {
      const weights = method === 'grad_cam' ? mean(grad, PIXELS) : plusPlusWeights(features, grad);
      const map = relu(sum(mul(weights, features), { dim: 1, keepdim: true }));
      return unitMap(enlarge(map, picture));
    });
  } finally {
    features.dispose();
  }
}

const PIXELS = { dim: [2, 3], keepdim: true } as const;

/** Where g is not positive its weight is zero, so α is needed only where it is. */
function plusPlusWeights(features: Tensor, grad: Tensor): Tensor {
  const positive = relu(grad);
  return sum(div(positive, add(mul(positive, sum(features, PIXELS)), 2)), PIXELS);
}
