/** Networks as trees of modules whose tensors have PyTorch's names. */
import { type RandomStream, randomStream } from '../../util/random.ts';
import { Tensor } from '../tensor.ts';
import { type FitOptions, fitted, type Target } from './fit.ts';
import { Parameter } from './parameter.ts';
import { type LoadOptions, type LoadReport, loadInto, readState, type StateDict } from './state.ts';
import { encodeState, loadState, type StateSource, saveState } from './state-file.ts';

/** Gives the random numbers of the parameter of this name within its module. */
export type RandomOf = (parameter: string) => RandomStream;

/**
 * A layer or network. Its properties make the tree: modules (also in arrays) are children, `Parameter`s are learned, other
 * tensors are buffers (saved, not learned). A property's name is its name in the state dict.
 *
 *   class Net extends nn.Module {
 *     fc1 = new nn.Linear(1, 32);
 *     fc2 = new nn.Linear(32, 1);
 *     scale = new nn.Parameter([1], nn.initialisers.ones);
 *     forward(x: Tensor) { return this.fc2.forward(this.fc1.forward(x).relu()).mul(this.scale); }
 *   }
 *   const net = new Net().initialise(1);
 *
 * A network of several inputs or outputs names them: `class Net extends nn.Module<Tensor, [picture: Tensor, sex: Tensor]>`.
 */
export abstract class Module<Output = Tensor, Inputs extends unknown[] = [x: Tensor]> {
  /** Whether layers behave as in training (`train()`) or in use (`eval()`). */
  training = true;

  /** What the network makes of its inputs. */
  abstract forward(...inputs: Inputs): Output;

  /** Gives this module's own parameters the first values that their initialisers say. */
  resetParameters(random: RandomOf): void {
    for (const [name, tensor] of ownTensors(this)) {
      if (tensor instanceof Parameter && tensor.initialiser)
        tensor.write(tensor.initialiser(tensor.shape, random(name)));
    }
  }

  /** Gives this module's own random masks in training their key and the number of the next pass; `Dropout` overrides it. */
  resetMasks(_random: RandomOf, _pass: number): void {}

  /** Modules directly below this one, by name. */
  children(): [string, Module<unknown>][] {
    return Object.entries(this).flatMap(([name, value]): [string, Module<unknown>][] => {
      if (value instanceof Module) return [[name, value]];
      if (!Array.isArray(value)) return [];
      return value.flatMap((item, i): [string, Module<unknown>][] =>
        item instanceof Module ? [[`${name}.${i}`, item]] : [],
      );
    });
  }

  /** This module and all below it by their full names, its own being ''. */
  namedModules(name = ''): Map<string, Module<unknown>> {
    const modules = new Map([[name, this as unknown as Module<unknown>]]);
    for (const [child, module] of this.children()) {
      for (const entry of module.namedModules(join(name, child))) modules.set(...entry);
    }
    return modules;
  }

  /** All learned tensors by their full names, one that several modules share by its first. */
  namedParameters(): Map<string, Parameter> {
    const seen = new Set<Tensor>();
    const isNew = (tensor: Tensor) => !seen.has(tensor) && seen.add(tensor);
    return new Map(
      [...this.namedTensors()].filter(
        (entry): entry is [string, Parameter] => entry[1] instanceof Parameter && Boolean(isNew(entry[1])),
      ),
    );
  }

  /** All tensors that are saved but not learned, such as running statistics, by their full names. */
  namedBuffers(): Map<string, Tensor> {
    return new Map([...this.namedTensors()].filter(([, tensor]) => !(tensor instanceof Parameter)));
  }

  /** All learned tensors. */
  parameters(): Parameter[] {
    return [...this.namedParameters().values()];
  }

  /** Parameters and buffers in the order of PyTorch's state dict. */
  namedTensors(): Map<string, Tensor> {
    const tensors = new Map<string, Tensor>();
    for (const [prefix, module] of this.namedModules()) {
      for (const [name, tensor] of ownTensors(module)) tensors.set(join(prefix, name), tensor);
    }
    return tensors;
  }

  /**
   * Gives all parameters their first values. A parameter's values are a function of the seed and its full name, so the same
   * seed gives the same network whatever was made before.
   */
  initialise(seed: number): this {
    for (const [prefix, module] of this.namedModules()) {
      module.resetParameters((name) => randomStream(seed, 'initialise', join(prefix, name)));
    }
    return this.seedDropout(seed);
  }

  /**
   * Decides which elements dropout drops from now on: a function of the seed, the layer's full name, the number of the
   * forward pass in training and the element's place, never of the order of execution. Passes count themselves, also those
   * of a replayed step, from `pass` on: who resumes training gives the number of passes that were made.
   */
  seedDropout(seed: number, pass = 0): this {
    for (const [prefix, module] of this.namedModules()) {
      module.resetMasks((name) => randomStream(seed, 'dropout', join(prefix, name)), pass);
    }
    return this;
  }

  /** Puts this module and all below it into training: dropout drops, batch norm uses the batch. */
  train(training = true): this {
    for (const module of this.namedModules().values()) module.training = training;
    return this;
  }

  /** Puts this module and all below it into use: nothing is dropped, batch norm uses its running statistics. */
  eval(): this {
    return this.train(false);
  }

  /** Drops all gradients. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.zeroGrad();
  }

  /** All parameters and buffers, read back. */
  stateDict(): Promise<StateDict> {
    return readState(this.namedTensors());
  }

  /**
   * Overwrites parameters and buffers by name. With `strict` (the default) missing, unexpected and mis-shaped tensors throw
   * a UserError and nothing is changed; without it what fits is loaded. Prefixes such as "model." are found and removed;
   * `keyMap` brings names of other programs, `adapt` starts from weights of another task. The report lists everything.
   */
  loadStateDict(state: StateDict, options: LoadOptions & FitOptions = {}): LoadReport {
    const { state: own, ...changes } = fitted(state, this.target, options);
    return loadInto(this.target.tensors, own, options, changes);
  }

  /** Writes parameters and buffers to a safetensors file, wholly or not at all. In browsers use `toSafetensors`. */
  async save(path: string): Promise<void> {
    await saveState(path, await this.stateDict());
  }

  /** The bytes of a safetensors file of all parameters and buffers. */
  async toSafetensors(): Promise<Uint8Array<ArrayBuffer>> {
    return encodeState(await this.stateDict());
  }

  /** What state dicts are fitted to. */
  get target(): Target {
    return { tensors: this.namedTensors(), knownAs: (name) => this.knownAs(name) };
  }

  /** The name here of a tensor that files call so; null for one of a part that this network goes without. */
  knownAs(name: string): string | null {
    return name;
  }

  /**
   * Takes parameters and buffers from a file: a path (in Node), an address (in browsers), a Blob or bytes of safetensors,
   * PyTorch's formats or npz. Options and report as in `loadStateDict`.
   */
  async load(source: StateSource, options: LoadOptions & FitOptions = {}): Promise<LoadReport> {
    return this.loadStateDict(await loadState(source), options);
  }

  /** Gives back the memory of all parameters and buffers. */
  dispose(): void {
    for (const module of this.namedModules().values()) module.disposeOwn();
  }

  /** Gives back the memory of this module's own tensors. */
  disposeOwn(): void {
    for (const [, tensor] of ownTensors(this)) tensor.dispose();
  }
}

function ownTensors(module: object): [string, Tensor][] {
  return Object.entries(module).filter((entry): entry is [string, Tensor] => entry[1] instanceof Tensor);
}

function join(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}.${name}`;
}
