import { UserError } from '../../util/errors.ts';
import type { Module } from '../layers/module.ts';
import { keep } from '../scope.ts';
import type { Tensor } from '../tensor.ts';

/** Modules that an error names. */
const LISTED = 12;

/**
 * Runs a network and also gives what one of its modules (by its full name, such as `layer3`) put out. Both results belong to
 * the caller. Throws UserError for a name that the network lacks or that its forward pass does not reach.
 */
export function forwardWithFeatures(network: Module, x: Tensor, layer: string): { output: Tensor; features: Tensor } {
  const modules = network.namedModules();
  const module = modules.get(layer);
  if (!module || layer === '') {
    const names = [...modules.keys()].filter((name) => name !== '');
    throw new UserError(
      `the network has no layer "${layer}"; it has ${names.slice(0, LISTED).join(', ')}${names.length > LISTED ? ', …' : ''}`,
    );
  }
  let features: Tensor | null = null;
  const forward = module.forward;
  module.forward = (input) => {
    const output = forward.call(module, input);
    features?.dispose();
    features = keep(output.detach());
    return output;
  };
  try {
    const output = network.forward(x);
    if (!features) throw new UserError(`layer "${layer}" takes no part in the network's forward pass`);
    return { output, features };
  } finally {
    Reflect.deleteProperty(module, 'forward');
  }
}
