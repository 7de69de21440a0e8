import { UserError } from '../../util/errors.ts';
import type { Module } from '../layers/module.ts';
import { keep } from '../scope.ts';
import type { Tensor } from '../tensor.ts';

/** Modules that an error names. */
const LISTED = 12;

/** The module of this full name (such as `layer3`). @throws UserError for a name that the network lacks */
function moduleOf(network: Module, layer: string): Module {
  const modules = network.namedModules();
  const module = modules.get(layer);
  if (module && layer !== '') return module as Module;
  const names = [...modules.keys()].filter((name) => name !== '');
  throw new UserError(
    `the network has no layer "${layer}"; it has ${names.slice(0, LISTED).join(', ')}${names.length > LISTED ? ', …' : ''}`,
  );
}

/** Runs a network and shows what one of its modules puts out, each time it runs. */
function forwardWatched(network: Module, x: Tensor, layer: string, watch: (output: Tensor) => void): Tensor {
  const module = moduleOf(network, layer);
  const forward: (...inputs: Parameters<Module['forward']>) => Tensor = module.forward;
  module.forward = (...inputs) => {
    const output = forward.apply(module, inputs);
    watch(output);
    return output;
  };
  try {
    return network.forward(x);
  } finally {
    Reflect.deleteProperty(module, 'forward');
  }
}

/**
 * Runs a network and also gives what one of its modules (by its full name, such as `layer3`) put out, when it ran last. Both
 * results belong to the caller.
 * @throws UserError for a name that the network lacks or that its forward pass does not reach
 */
export function forwardWithFeatures(network: Module, x: Tensor, layer: string): { output: Tensor; features: Tensor } {
  let features: Tensor | null = null;
  const output = forwardWatched(network, x, layer, (made) => {
    features?.dispose();
    features = keep(made.detach());
  });
  if (!features) throw unreached(layer);
  return { output, features };
}

/**
 * The same within the graph: `backward()` of the output leaves the gradient of the features in their `.grad`. They are the
 * network's own tensor, kept: the caller disposes of them.
 */
export function forwardWithGradient(network: Module, x: Tensor, layer: string): { output: Tensor; features: Tensor } {
  const made: Tensor[] = [];
  const output = forwardWatched(network, x, layer, (each) => made.push(keep(each)));
  const features = made.pop();
  for (const earlier of made) earlier.dispose();
  if (!features) throw unreached(layer);
  return { output, features: features.retainGrad() };
}

const unreached = (layer: string): UserError =>
  new UserError(`layer "${layer}" takes no part in the network's forward pass`);
