/**
 * Cascading randomisation (Adebayo et al., "Sanity checks for saliency maps", NeurIPS 2018): a network loses what it has
 * learned from its output to its input, one part after another. A map that stays as it was shows the picture, not what the
 * network has learned.
 */
import { UserError } from '../../util/errors.ts';
import { BatchNorm2d } from '../layers/batch_norm2d.ts';
import type { Module } from '../layers/module.ts';
import { Tensor } from '../tensor.ts';

/** Parts of a network that lose their values together, by the name of the first module of each. */
type Parts = { name: string; modules: Module<unknown>[] }[];

/** Fewer parts than this say little: the network is cut one level deeper. */
const FEWEST = 4;

const hasTensors = (module: Module<unknown>): boolean => module.namedTensors().size > 0;

/** The children with values of their own, one level deeper where they are too few; a batch norm belongs to what lies before it. */
function partsOf(network: Module): Parts {
  let modules = network.children().filter(([, module]) => hasTensors(module));
  if (modules.length < FEWEST) {
    modules = modules.flatMap(([name, module]) => {
      const below = module.children().filter(([, child]) => hasTensors(child));
      return below.length === 0
        ? [[name, module] as [string, Module<unknown>]]
        : below.map(([child, each]): [string, Module<unknown>] => [`${name}.${child}`, each]);
    });
  }
  const parts: Parts = [];
  for (const [name, module] of modules) {
    const last = parts.at(-1);
    if (last && module instanceof BatchNorm2d) last.modules.push(module);
    else parts.push({ name, modules: [module] });
  }
  return parts;
}

/**
 * Gives the parts of `network`, from its output to its input, the values of `fresh`, the same network with first values; after
 * each it yields the part's name, and at the end the network is as untrained as `fresh`. Running statistics go with the rest.
 * A network's parts are taken in the order in which its constructor makes them.
 * @throws UserError when the networks have not the same tensors
 */
export function* cascadingRandomisation(network: Module, fresh: Module): Generator<string> {
  const first = fresh.namedTensors();
  const names = new Map([...network.namedTensors()].map(([name, tensor]) => [tensor, name]));
  for (const { name, modules } of partsOf(network).reverse()) {
    for (const tensor of modules.flatMap((module) => [...module.namedTensors().values()])) {
      const source = first.get(names.get(tensor) ?? '');
      if (!(source instanceof Tensor) || source.size !== tensor.size)
        throw new UserError(`cascading_randomisation: the fresh network has no "${names.get(tensor)}" of this size`);
      tensor.gpu.copy(source.buffer, tensor.buffer, source.buffer.bytes);
    }
    yield name;
  }
}
