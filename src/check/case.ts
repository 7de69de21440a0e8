import { UserError } from '../util/errors.ts';
import { Params } from './params.ts';

/** A tensor as it compares: F16 widened, truth values as 0 and 1. */
export interface Values {
  shape: readonly number[];
  data: Float32Array | Int32Array;
  /** Whether the file holds them as F16. */
  half?: boolean;
  /** Whether the file holds them as BOOL. */
  truth?: boolean;
  /** The largest value of the integers as which the file holds them, which scikit-image takes for 1. */
  fullScale?: number | undefined;
}

/** What a tensor is held to: all of it, or the Euclidean norm of it and a sample (elements floor(i · n / k)). */
export type Expected = { whole: Values } | { norm: number; sample: Values };

export interface Tolerance {
  rtol: number;
  atol: number;
  gradRtol: number;
  gradAtol: number;
  exact: boolean;
  minAgreement: number;
  /** Euclidean tolerances for parameters and samples: error of the whole tensor as a fraction of its norm. */
  normRtol: number | null;
  gradNormRtol: number | null;
}

/** A conformance file: what goes into an operation, and what has to come out of it. */
export interface Case {
  op: string;
  params: Params;
  tolerance: Tolerance;
  /** `in.NAME`, by NAME. */
  inputs: ReadonlyMap<string, Values>;
  /** `param.NAME` and `buffer.NAME` of a network, by NAME. */
  parameters: ReadonlyMap<string, Values>;
  /** `grad.out.NAME`, by NAME: what is put into an output on the way back. */
  outputGradients: ReadonlyMap<string, Values>;
  /** `out.NAME`, `grad.in.NAME` and `grad.param.NAME`, by their whole names. */
  expected: ReadonlyMap<string, Expected>;
}

/** What the reader of safetensors gives. */
export interface CaseFile {
  metadata: Readonly<Record<string, string>>;
  tensors: ReadonlyMap<string, Values>;
}

/**
 * Sorts a conformance file's tensors by their roles.
 *
 * Throws a `UserError` with the reason when the file is not a conformance file or a part of it is missing or unknown.
 */
export function readCase({ metadata, tensors }: CaseFile): Case {
  if (metadata.op === undefined) throw new UserError('not a conformance file: no "op" in its __metadata__');
  const given = {
    in: new Map<string, Values>(),
    param: new Map<string, Values>(),
    'grad.out': new Map<string, Values>(),
  };
  const expected = new Map<string, Expected>();
  for (const [name, values] of tensors) {
    const role = /^(in|param|buffer|grad\.out)\.(.+)$/.exec(name);
    const [, kind = '', rest = ''] = role ?? [];
    if (kind === 'in' || kind === 'grad.out') given[kind].set(rest, values);
    else if (role) given.param.set(rest, values);
    else if (!name.startsWith('norm.')) expected.set(...expectation(name, values, tensors));
  }
  if (expected.size === 0) throw new UserError('nothing is expected: no tensor named "out.…" or "grad.…"');
  checkGradients(given['grad.out'], expected, metadata.op);
  return {
    op: metadata.op,
    params: readParams(metadata.params),
    tolerance: readTolerance(metadata),
    inputs: given.in,
    parameters: given.param,
    outputGradients: given['grad.out'],
    expected,
  };
}

function expectation(name: string, values: Values, tensors: CaseFile['tensors']): [string, Expected] {
  const [, sample, target = ''] = /^(sample\.)?((?:out|grad\.in|grad\.param)\..+)$/.exec(name) ?? [];
  if (target === '') throw new UserError(`tensor "${name}" has no role in a conformance file`);
  if (sample === undefined) return [target, { whole: values }];
  const norm = tensors.get(`norm.${target}`)?.data[0];
  if (norm === undefined) throw new UserError(`"${name}" without "norm.${target}"`);
  return [target, { norm, sample: values }];
}

function checkGradients(given: ReadonlyMap<string, Values>, expected: ReadonlyMap<string, Expected>, op: string): void {
  const wanted = [...expected.keys()].find((name) => name.startsWith('grad.'));
  const trains = op === 'train_steps';
  if (wanted !== undefined && given.size === 0 && !trains) {
    throw new UserError(`"${wanted}" is expected, but no "grad.out.…" is given`);
  }
}

const NOT_JSON: ReadonlyMap<string, number> = new Map([
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['NaN', Number.NaN],
]);
/** Stands before one of these in a text. */
const MARK = '\0';

/** JSON as Python's json.dumps writes it, with Infinity and NaN among the numbers. @throws SyntaxError */
function parsePythonJson(text: string): unknown {
  const marked = text.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (part) =>
    part.startsWith('"') ? part : JSON.stringify(MARK + part),
  );
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK) ? (NOT_JSON.get(value.slice(1)) ?? value) : value,
  );
}

function readParams(text: string | undefined): Params {
  if (text === undefined) return new Params({});
  let value: unknown;
  try {
    value = parsePythonJson(text);
  } catch {
    throw new UserError(`params are not JSON: ${text.slice(0, 80)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UserError(`params are not a JSON object: ${text.slice(0, 80)}`);
  }
  return new Params({ ...value });
}

function readTolerance(metadata: Readonly<Record<string, string>>): Tolerance {
  const optional = (key: string): number | null => {
    const text = metadata[key];
    if (text === undefined) return null;
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!(value >= 0)) throw new UserError(`${key} is "${text}", not a number of 0 or more`);
    return value;
  };
  const exact = (metadata.exact ?? 'false').toLowerCase();
  if (exact !== 'true' && exact !== 'false') throw new UserError(`exact is "${metadata.exact}", not true or false`);
  return {
    rtol: optional('rtol') ?? 1e-4,
    atol: optional('atol') ?? 1e-5,
    gradRtol: optional('grad_rtol') ?? 1e-3,
    gradAtol: optional('grad_atol') ?? 1e-4,
    exact: exact === 'true',
    minAgreement: optional('min_agreement') ?? 1,
    normRtol: optional('norm_rtol'),
    gradNormRtol: optional('grad_norm_rtol'),
  };
}
