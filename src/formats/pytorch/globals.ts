/**
 * The allow-list: every global name that a state dict needs, and the plain value that stands for it. Names beyond it are
 * kept closed (values.ts); a few that no checkpoint needs and attacks do are refused wherever they stand.
 */
import { DTYPES, STORAGE_DTYPES } from './dtypes.ts';
import { DtypeValue, LegacyParameter, makeTensor, refuseAt, StorageType, TensorView } from './tensors.ts';
import {
  Callable,
  describe,
  PickleDict,
  PickleList,
  PickleObject,
  PickleTuple,
  type PickleValue,
  type Position,
} from './values.ts';

type Args = readonly PickleValue[];
type Builder = (args: Args, at: Position) => PickleValue;

/** A value without use here that does no harm: a NumPy number, the name of a type. */
class InertValue extends PickleObject {
  readonly #parts: PickleValue[];

  constructor(
    readonly described: string,
    parts: Args = [],
  ) {
    super();
    this.#parts = [...parts];
  }

  override parts(): Args {
    return this.#parts;
  }

  override setState(state: PickleValue): boolean {
    this.#parts.push(state);
    return true;
  }
}

function dictOf(pairs: PickleValue | undefined, at: Position): PickleDict {
  const dict = new PickleDict();
  if (pairs === undefined) return dict;
  const items = pairs instanceof PickleList ? pairs.items : refuseAt(at, `a dict is made of ${describe(pairs)}`);
  for (const pair of items) {
    const isPair = (pair instanceof PickleTuple || pair instanceof PickleList) && pair.items.length === 2;
    const [key, value] = isPair ? pair.items : refuseAt(at, `a dict is made of ${describe(pair)}`);
    dict.entries.set(key as PickleValue, value as PickleValue);
  }
  return dict;
}

/** (factory): what it would make for missing keys is never asked for. */
function defaultDict([factory = null]: Args): PickleDict {
  const dict = new PickleDict();
  dict.attributes = factory;
  return dict;
}

function listOf(items: PickleValue | undefined, at: Position): PickleList {
  const list = new PickleList();
  if (items === undefined) return list;
  if (!(items instanceof PickleList || items instanceof PickleTuple))
    return refuseAt(at, `a set of ${describe(items)}`);
  for (const item of items.items) list.items.push(item);
  return list;
}

function sizeOf([sizes]: Args, at: Position): PickleTuple {
  return sizes instanceof PickleTuple ? sizes : refuseAt(at, `torch.Size of ${describe(sizes ?? null)}`);
}

function parameterOf([data]: Args, at: Position): PickleValue {
  if (data === undefined) return new LegacyParameter(at);
  return data instanceof TensorView ? data : refuseAt(at, `a parameter made of ${describe(data)}`);
}

/** (function, type, arguments, state): a tensor with attributes. */
function rebuildFromType([rebuild, , args]: Args, at: Position): PickleValue {
  if (rebuild instanceof Callable && args instanceof PickleTuple) return rebuild.call(args.items, at);
  return refuseAt(at, `a tensor rebuilt by ${describe(rebuild ?? null)}`);
}

/** (storage, offset, shape, strides, requires_grad, hooks, dtype): its storage counts bytes. */
function rebuildTensor3([storage, offset, shape, strides, , , dtype]: Args, at: Position): PickleValue {
  const type = dtype instanceof DtypeValue ? dtype.dtype : refuseAt(at, `a tensor of type ${describe(dtype ?? null)}`);
  return makeTensor(storage, offset, shape, strides, at, type);
}

/** Python 3 keeps bytes in protocol 2 as text of the same codes. */
function encode([text, encoding]: Args, at: Position): PickleValue {
  if (typeof text !== 'string' || encoding !== 'latin1')
    return refuseAt(at, '_codecs.encode of something else than latin1');
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

const rebuildTensor: Builder = ([storage, offset, shape, strides], at) =>
  makeTensor(storage, offset, shape, strides, at);
const inert =
  (described: string): Builder =>
  (args) =>
    new InertValue(described, args);

const BUILDERS: ReadonlyMap<string, Builder> = new Map<string, Builder>([
  ['collections.OrderedDict', ([pairs], at) => dictOf(pairs, at)],
  ['collections.defaultdict', defaultDict],
  ['collections.Counter', inert('collections.Counter')],
  ['builtins.set', ([items], at) => listOf(items, at)],
  ['builtins.frozenset', ([items], at) => listOf(items, at)],
  ['__builtin__.set', ([items], at) => listOf(items, at)],
  ['__builtin__.frozenset', ([items], at) => listOf(items, at)],
  ['_codecs.encode', encode],
  ['torch._utils._rebuild_tensor', rebuildTensor],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_tensor_v3', rebuildTensor3],
  ['torch._utils._rebuild_parameter', parameterOf],
  ['torch._utils._rebuild_parameter_with_state', parameterOf],
  ['torch._tensor._rebuild_from_type_v2', rebuildFromType],
  ['torch.nn.parameter.Parameter', parameterOf],
  ['torch.Size', sizeOf],
  ['torch.device', inert('torch.device')],
  ['numpy.dtype', inert('numpy.dtype')],
  ['numpy.core.multiarray.scalar', inert('a NumPy number')],
  ['numpy._core.multiarray.scalar', inert('a NumPy number')],
]);

/** Types that are named but never made: factories of a defaultdict, classes of tensors. */
const TYPE =
  /^(?:(?:builtins|__builtin__)\.(?:dict|list|int|float|bool|str)|torch\.(?:cuda\.)?(?:[A-Z]\w*)?Tensor|torch\._tensor\.Tensor)$/;
const STORAGE = /^torch\.(?:cuda\.)?(\w+)Storage$/;
const UNTYPED_STORAGE = /^torch\.(?:storage\.)?UntypedStorage$/;
const DTYPE = /^torch\.(\w+)$/;

/** Ways to run programs, reach the network or unpack further pickles. */
const FORBIDDEN =
  /^(?:(?:os|nt|posix|subprocess|sys|shutil|socket|pty|runpy|importlib|ctypes|timeit|pickle|_pickle|marshal|multiprocessing|urllib|urllib2|requests|webbrowser|pip|torch\.hub)\.|(?:builtins|__builtin__)\.(?:eval|exec|execfile|compile|open|file|apply|input|raw_input|breakpoint|globals|locals|vars|setattr|delattr|__import__|reload)$|torch\.load$)/;

/**
 * The value of a global name; null for one that is kept closed.
 * @throws RefusedError for a name that no checkpoint needs and attacks do
 */
export function findGlobal(name: string, at: Position): PickleObject | null {
  if (FORBIDDEN.test(name))
    refuseAt(at, `the file asks to run ${name}; it was not run, and the file is not to be trusted`);
  const builder = BUILDERS.get(name);
  if (builder) return new Callable(name, builder);
  if (UNTYPED_STORAGE.test(name)) return new StorageType(name, null);
  const storage = STORAGE_DTYPES.get(STORAGE.exec(name)?.[1] ?? '');
  if (storage) return new StorageType(name, storage);
  const dtype = DTYPES.get(DTYPE.exec(name)?.[1] ?? '');
  if (dtype) return new DtypeValue(dtype);
  return TYPE.test(name) ? new InertValue(name) : null;
}
