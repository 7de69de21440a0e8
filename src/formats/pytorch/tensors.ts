/** Storages and the tensors that view them, as pickles describe them; bytes are looked at only for tensors asked for. */
import type { Allowance } from '../allowance.ts';
import { quote } from '../quote.ts';
import { RefusedError } from '../refusal.ts';
import { StoredTensor } from '../safetensors.ts';
import { copyContiguous, elementCount, isContiguous, storageExtent, swapBytes } from '../strided.ts';
import { BYTE, type TorchDtype } from './dtypes.ts';
import { describe, PickleObject, PickleTuple, type PickleValue, type Position } from './values.ts';

/** PyTorch's own limit. */
export const MOST_DIMENSIONS = 64;
/** Many times what any network has. */
export const MOST_TENSORS = 2 ** 17;

/** torch.FloatStorage and its like. */
export class StorageType extends PickleObject {
  constructor(
    readonly described: string,
    /** Null for torch.UntypedStorage, whose sizes count bytes. */
    readonly dtype: TorchDtype | null,
  ) {
    super();
  }
}

/** torch.float32 and its like. */
export class DtypeValue extends PickleObject {
  constructor(readonly dtype: TorchDtype) {
    super();
  }

  get described(): string {
    return `torch.${this.dtype.name}`;
  }
}

/** Memory that one or several tensors view. */
export class Storage extends PickleObject {
  readonly described = 'a storage';
  /** Null until the file's layout has found them. */
  bytes: Uint8Array<ArrayBuffer> | null = null;
  bigEndian = false;

  constructor(
    readonly key: string,
    readonly type: StorageType,
    /** In elements of its type. */
    readonly count: number,
    readonly at: Position,
  ) {
    super();
  }

  get byteLength(): number {
    return this.count * (this.type.dtype ?? BYTE).width;
  }
}

/** Part of another storage as a storage of its own. */
export class StorageView extends Storage {
  constructor(
    key: string,
    readonly root: Storage,
    /** In elements. */
    readonly offset: number,
    count: number,
    at: Position,
  ) {
    super(key, root.type, count, at);
  }

  /** Takes its bytes from those of the root. */
  resolve(): void {
    const width = (this.type.dtype ?? BYTE).width;
    if (this.offset + this.count > this.root.count)
      refuseAt(
        this.at,
        `storage ${quote(this.key)} views elements ${this.offset} to ${this.offset + this.count} of ${this.root.count}`,
      );
    const begin = this.offset * width;
    this.bytes = this.root.bytes?.subarray(begin, begin + this.byteLength) ?? null;
  }
}

/** A tensor as its pickle describes it; sizes, strides and offset count elements and are whole numbers ≥ 0. */
export class TensorView extends PickleObject {
  readonly described = 'a tensor';

  constructor(
    readonly storage: Storage,
    readonly dtype: TorchDtype,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
    readonly at: Position,
  ) {
    super();
  }

  override parts(): readonly PickleValue[] {
    return [this.storage];
  }
}

/** torch.nn.Parameter as files of PyTorch 0.1 made it: empty at first, its tensor set as state. */
export class LegacyParameter extends PickleObject {
  readonly described = 'a parameter';
  #state: PickleValue = null;

  constructor(readonly at: Position) {
    super();
  }

  /** State: (data, gradient, hooks, requires_grad, volatile). */
  override setState(state: PickleValue): boolean {
    this.#state = state;
    return this.tensor !== null;
  }

  get tensor(): TensorView | null {
    const data = this.#state instanceof PickleTuple ? this.#state.items[0] : null;
    return data instanceof TensorView ? data : null;
  }

  override parts(): readonly PickleValue[] {
    return [this.#state];
  }
}

/** The tensor that a value of a state dict is; null when it is none. */
export function tensorIn(value: PickleValue): TensorView | null {
  if (value instanceof LegacyParameter) return value.tensor ?? refuseAt(value.at, 'a parameter without a tensor');
  return value instanceof TensorView ? value : null;
}

export function refuseAt({ cursor, byte }: Position, cause: string): never {
  return cursor.refuse(cause, byte);
}

/** @throws RefusedError unless `value` is a whole number ≥ 0 */
export function countIn(value: PickleValue | undefined, what: string, at: Position): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  const shown = typeof value === 'number' || typeof value === 'bigint' ? String(value) : describe(value ?? null);
  return refuseAt(at, `${what} is ${shown}`);
}

/** @throws RefusedError unless the parts describe a tensor; whether it fits its storage is checked when it is read */
export function makeTensor(
  storage: PickleValue | undefined,
  offset: PickleValue | undefined,
  shape: PickleValue | undefined,
  strides: PickleValue | undefined,
  at: Position,
  dtype?: TorchDtype,
): TensorView {
  if (!(storage instanceof Storage))
    return refuseAt(at, `a tensor on ${describe(storage ?? null)} instead of a storage`);
  const sizes = countsIn(shape, 'size', at);
  const steps = countsIn(strides, 'stride', at);
  if (sizes.length !== steps.length || sizes.length > MOST_DIMENSIONS)
    refuseAt(at, `a tensor of ${sizes.length} dimensions with ${steps.length} strides`);
  return new TensorView(
    storage,
    dtype ?? storage.type.dtype ?? BYTE,
    countIn(offset, "a tensor's offset", at),
    sizes,
    steps,
    at,
  );
}

/** The tuple's own items, so that many tensors of one shape take no more memory than one. */
function countsIn(value: PickleValue | undefined, what: string, at: Position): readonly number[] {
  if (!(value instanceof PickleTuple))
    return refuseAt(at, `${describe(value ?? null)} in place of a tensor's ${what}s`);
  for (const item of value.items) countIn(item, `a tensor's ${what}`, at);
  return value.items as readonly number[];
}

/**
 * The tensor's values in C order and little endian: a view into the file where they lie so already.
 * @throws RefusedError when it reaches beyond its storage, has a type that is not read, or takes more than the allowance
 */
export function storeTensor(name: string, tensor: TensorView, allowance: Allowance): StoredTensor {
  const { dtype, shape, strides, storage, at } = tensor;
  const refuse = (cause: string): never => refuseAt(at, `tensor ${quote(name)} ${cause}`);
  if (!dtype.stored) return refuse(`is ${dtype.name}, which is not read as weights`);
  const all = storage.bytes ?? refuse(`has a storage (${quote(storage.key)}) that the file does not hold`);
  const begin = tensor.offset * dtype.width;
  const extent = storageExtent(shape, strides) * dtype.width;
  if (!(begin + extent <= all.length))
    refuse(
      `of shape [${shape.join(', ')}] with strides [${strides.join(', ')}] needs bytes ${begin} to ${begin + extent} of a storage of ${all.length}`,
    );
  const own = all.subarray(begin, begin + extent);
  const size = elementCount(shape) * dtype.width;
  const contiguous = isContiguous(shape, strides);
  if (!contiguous || storage.bigEndian) allowance.take(size, `laying out tensor ${quote(name)}`);
  const bytes = contiguous ? own : copyContiguous(own, dtype.width, shape, strides);
  const little = storage.bigEndian ? swapBytes(bytes, dtype.width) : bytes;
  return new StoredTensor(at.cursor.file, name, dtype.stored, shape, little);
}

/** Bytes of a storage as the file holds them. @throws RefusedError when their number is not the pickle's */
export function fillStorage(storage: Storage, bytes: Uint8Array<ArrayBuffer>, where: string): void {
  if (bytes.length !== storage.byteLength)
    throw new RefusedError(
      storage.at.cursor.file,
      `storage ${quote(storage.key)} is ${storage.byteLength} bytes by ${storage.at.cursor.locate(storage.at.byte)}, ${bytes.length} by ${where}`,
    );
  storage.bytes = bytes;
}
