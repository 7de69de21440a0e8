/**
 * Functions as methods: every function of nn.functional whose first argument is a tensor is a method of tensors too, so
 * that `x.matmul(w).relu()` is `relu(matmul(x, w))`. A new function becomes a method by being exported there.
 */
import * as functional from './functional/index.ts';
import { Tensor } from './tensor.ts';

type Functions = typeof functional;

/** Functions that begin with something else than one tensor. Too few or too many names here do not type-check. */
const NO_METHODS = ['cat'] as const satisfies readonly (keyof Functions)[];

type NoMethod = (typeof NO_METHODS)[number];

/** A function, which may have two signatures, without its first argument. */
type Method<F> = F extends {
  (first: never, ...rest: infer Rest): infer Result;
  (first: never, ...rest: infer OtherRest): infer OtherResult;
}
  ? { (...rest: Rest): Result; (...rest: OtherRest): OtherResult }
  : never;

/** `Name` has to be a parameter of its own for methods to keep the docstrings of their functions. */
type Methods<All, Name extends keyof All> = { [Each in Name]: Method<All[Each]> };

/** The functions of nn.functional as methods. */
export type TensorMethods = Methods<Functions, Exclude<keyof Functions, NoMethod>>;

declare module './tensor.ts' {
  interface Tensor extends TensorMethods {}
}

/** Whether a function takes one tensor first, as far as its type says. */
type TakesTensor<F> = F extends (first: infer First, ...rest: never[]) => unknown
  ? Tensor extends First
    ? true
    : false
  : false;
/** Names that are in NO_METHODS and should not be, or the reverse. */
type Misplaced = {
  [Name in keyof Functions]: TakesTensor<Functions[Name]> extends (Name extends NoMethod ? false : true) ? never : Name;
}[keyof Functions];
({}) satisfies Record<Misplaced, 'to be moved in or out of NO_METHODS'>;

for (const [name, fn] of Object.entries(functional)) {
  if ((NO_METHODS as readonly string[]).includes(name)) continue;
  const value = function (this: Tensor, ...rest: unknown[]): unknown {
    return (fn as (...all: unknown[]) => unknown)(this, ...rest);
  };
  Object.defineProperty(Tensor.prototype, name, { value, writable: true, configurable: true });
}
