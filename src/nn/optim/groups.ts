/** What an optimiser is told: parameters, groups of them, and options. */
import { UserError } from '../../util/errors.ts';
import { checkOptions } from '../../util/options.ts';
import { Parameter } from '../layers/parameter.ts';
import { formatShape } from '../shape.ts';
import { Tensor } from '../tensor.ts';

/** Parameters by name, as `network.namedParameters()` gives them, or a list of them, which get the names "0", "1", … */
export type ParameterSet = ReadonlyMap<string, Tensor> | readonly Tensor[];

/** Parameters with options of their own; options left out are those that the optimiser was given for all. */
export type ParameterGroup<Options> = Partial<Options> & { parameters: ParameterSet };

/** What an optimiser works on: one set of parameters, or several with options of their own. */
export type Optimised<Options> = ParameterSet | readonly ParameterGroup<Options>[];

/** A group as the optimiser keeps it: its options are complete and may be changed between steps. */
export type Group<Options> = Options & { readonly parameters: ReadonlyMap<string, Tensor> };

/** The groups with complete options. Throws UserError where a parameter occurs twice or cannot be learned. */
export function groupsOf<Options extends object>(
  optimizer: string,
  given: Optimised<Options>,
  options: Partial<Options>,
  defaults: Options,
): Group<Options>[] {
  const common = completed(optimizer, options, defaults);
  const names = new Set<string>();
  const seen = new Set<Tensor>();
  let listed = 0;
  return asGroups(optimizer, given).map(({ parameters: set, ...own }) => {
    const parameters = set instanceof Map ? set : new Map([...set.values()].map((each) => [String(listed++), each]));
    for (const [name, parameter] of parameters) {
      checkParameter(optimizer, name, parameter);
      if (names.has(name) || seen.has(parameter))
        throw new UserError(`${optimizer}: parameter "${name}" occurs twice; each belongs to one group`);
      names.add(name);
      seen.add(parameter);
    }
    return { ...completed(optimizer, own as Partial<Options>, common), parameters };
  });
}

function asGroups<Options>(optimizer: string, given: Optimised<Options>): readonly ParameterGroup<Options>[] {
  const whole = (parameters: ParameterSet) => [{ parameters } as ParameterGroup<Options>];
  if (given instanceof Map) return whole(given);
  if (!Array.isArray(given))
    throw new UserError(`${optimizer}: it takes network.namedParameters(), a list of parameters or a list of groups`);
  const list = given as readonly Tensor[] | readonly ParameterGroup<Options>[];
  const isList = (each: typeof list): each is readonly Tensor[] => each[0] instanceof Tensor;
  return isList(list) ? whole(list) : list;
}

function checkParameter(optimizer: string, name: string, parameter: Tensor): void {
  if (!(parameter instanceof Tensor)) throw new UserError(`${optimizer}: parameter "${name}" is no tensor`);
  const frozen = parameter instanceof Parameter && !parameter.requiresGrad; // passed over, as it gets no gradient
  if ((!parameter.requiresGrad && !frozen) || parameter.node) {
    const why = parameter.node ? 'is the result of an operation' : 'requires no gradient';
    throw new UserError(`${optimizer}: "${name}" ${formatShape(parameter.shape)} ${why}, so it cannot be learned`);
  }
}

/** `given` over `defaults`. Throws UserError for an option that does not exist. */
export function completed<Options extends object>(owner: string, given: Partial<Options>, defaults: Options): Options {
  checkOptions(owner, given, Object.keys(defaults));
  return { ...defaults, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
}
