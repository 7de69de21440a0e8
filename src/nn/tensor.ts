/** Tensors: a shape, a piece of device memory and, where gradients are wanted, the operation that made it. */
import { type Gpu, type GpuBuffer, type HostArray, type OnGpu, onGpu, type ScalarType } from '../gpu/index.ts';
import { cast } from '../kernels/cast/cast.ts';
import { accumulate, fill } from '../kernels/elementwise/fill.ts';
import { UserError } from '../util/errors.ts';
import { float16ToFloat32, float32ToFloat16 } from '../util/half.ts';
import { backward, type Node, observing, operation } from './autograd.ts';
import { flattened, type Nested, nested } from './nested.ts';
import { enterScope, keep } from './scope.ts';
import { checkShape, formatShape, type Shape, sizeOf } from './shape.ts';

/** `f16` needs an adapter with the feature shader-f16. */
export type DType = ScalarType | 'i32' | 'u32';
/** What the host holds of a tensor. */
export type TensorData = Float32Array | Int32Array | Uint32Array;

/** What the host holds of each type: f16 is widened on the way from the device and rounded on the way to it. */
const ARRAYS = { f32: Float32Array, f16: Float32Array, i32: Int32Array, u32: Uint32Array };

/** What a new tensor is to be. */
export interface TensorOptions {
  /** Whether `backward()` leaves a gradient in `.grad`. */
  requiresGrad?: boolean;
  /** What the device holds of real numbers; f32 where left out. */
  dtype?: ScalarType;
}

/**
 * An n-dimensional array on the device, contiguous, last axis fastest. It lives until `dispose()`, the end of the `scope`
 * it was made in, or the end of a `using` block. Every function of nn.functional that begins with a tensor is a method too:
 * `x.matmul(w).relu()`.
 */
export class Tensor {
  readonly gpu: Gpu;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Number of elements. */
  readonly size: number;
  requiresGrad: boolean;
  /** Gradient that `backward()` has left here; sums up until `zeroGrad()`. */
  grad: Tensor | null = null;
  /** The operation that made this tensor, where a gradient flows through it. */
  node: Node | null = null;
  #buffer: GpuBuffer | null;

  /** Takes over `buffer`, which holds at least the shape's elements. */
  constructor(gpu: Gpu, shape: Shape, buffer: GpuBuffer | null, dtype: DType = 'f32', requiresGrad = false) {
    this.gpu = gpu;
    this.shape = [...shape];
    this.size = sizeOf(shape);
    this.dtype = dtype;
    this.requiresGrad = requiresGrad;
    this.#buffer = buffer;
    enterScope(this);
  }

  /** The device memory. Throws when the tensor was disposed of or has no values yet. */
  get buffer(): GpuBuffer {
    return this.#buffer ?? this.missing();
  }

  /** Whether the memory was given back; a parameter without values counts too. */
  get disposed(): boolean {
    return this.#buffer === null;
  }

  protected missing(): never {
    throw new Error(
      `a tensor of shape ${formatShape(this.shape)} was used after it was disposed of; return it from its scope or keep() it`,
    );
  }

  protected place(buffer: GpuBuffer): void {
    this.#buffer = buffer;
  }

  /** Runs everything queued and reads the elements back. */
  async toArray(): Promise<Float32Array<ArrayBuffer>>;
  async toArray<T extends TensorData>(): Promise<T>;
  async toArray(): Promise<TensorData> {
    const bytes = await this.gpu.read(this.buffer, this.size * bytesOf(this.dtype));
    return this.dtype === 'f16' ? float16ToFloat32(new Uint16Array(bytes)) : new ARRAYS[this.dtype](bytes);
  }

  /** The elements in nested lists, `[[1, 2], [3, 4]]`; a number for a tensor without axes. */
  async toNested(): Promise<Nested> {
    return nested(await this.toArray(), this.shape);
  }

  /** The value of a tensor of one element. */
  async item(): Promise<number> {
    if (this.size !== 1)
      throw new UserError(`item: a tensor of shape ${formatShape(this.shape)} has ${this.size} elements, not one`);
    return (await this.toArray())[0] as number;
  }

  /** Overwrites all elements, in order with the queued work. */
  write(data: TensorData): void {
    checkData(data, this.shape, this.dtype);
    this.gpu.write(this.buffer, toDevice(data, this.dtype));
    this.buffer.changed();
  }

  /** The same memory without the graph: no gradient flows through it. */
  detach(): Tensor {
    return new Tensor(this.gpu, this.shape, this.buffer.retain(), this.dtype);
  }

  /** The elements as f16 or f32, this very tensor where it holds them so; the gradient comes back in the type held here. */
  to(dtype: ScalarType): Tensor {
    const { gpu, shape, size: n, dtype: from } = this;
    if (from === dtype) return this;
    if (!isReal(from)) throw new UserError(`to: a tensor of ${from} has no way to ${dtype}; only f32 and f16 have`);
    const converted = (x: GpuBuffer, type: ScalarType): GpuBuffer => {
      const y = gpu.allocNumbers(n, `as ${type}`, type);
      cast(gpu, { x, y, n });
      return y;
    };
    const y = new Tensor(gpu, shape, converted(this.buffer, dtype), dtype);
    return operation(y, { name: 'to', inputs: [this], backward: (gy) => [converted(gy, from)] });
  }

  /** Makes `backward()` leave the gradient of this intermediate result in `.grad` too. */
  retainGrad(): this {
    if (this.node) this.node.receiver = this;
    return this;
  }

  /**
   * Computes the gradient of this tensor (one element, unless the gradient `gy` of its elements is given) with respect to
   * every leaf that requires one, adds it to the leaf's `.grad`, and frees the graph.
   */
  backward(gy?: Tensor): void {
    if (!this.node)
      throw new UserError('backward: no input of this result requires a gradient, or it was made inside noGrad');
    if (!gy && this.size !== 1) {
      throw new UserError(
        `backward: a result of shape ${formatShape(this.shape)} needs the gradient of its elements; only a single number needs none`,
      );
    }
    if (gy && gy.size !== this.size) {
      throw new UserError(
        `backward: the gradient's shape ${formatShape(gy.shape)} is not the result's ${formatShape(this.shape)}`,
      );
    }
    const { scalar } = this.buffer;
    if (gy && gy.dtype !== scalar)
      throw new UserError(
        `backward: the gradient holds ${gy.dtype}, the result ${scalar}; convert it with to('${scalar}')`,
      );
    backward(this.node, gy ? gy.buffer.retain() : filled(this.gpu, 1, 1, scalar));
  }

  /** Adds an arriving gradient (taken over; copied first if somebody else sees it) to `.grad`. */
  receiveGradient(gradient: GpuBuffer, shared: boolean): void {
    const { gpu } = this;
    if (this.grad) {
      const sum = this.grad.buffer;
      accumulate(gpu, { x: gradient, y: sum, n: this.size });
      observing()?.sum('a leaf', [gradient, sum], sum, this.size);
      gradient.release();
    } else if (shared) {
      const copy = gpu.allocLike(gradient, 'gradient');
      gpu.copy(gradient, copy, copy.bytes);
      gradient.release();
      this.grad = keep(new Tensor(gpu, this.shape, copy, copy.scalar));
    } else {
      this.grad = keep(new Tensor(gpu, this.shape, gradient, gradient.scalar));
    }
  }

  /** Drops the gradient. */
  zeroGrad(): void {
    this.grad?.dispose();
    this.grad = null;
  }

  /** Gives the memory back. What queued work and the graph still need stays until they are done. */
  dispose(): void {
    this.zeroGrad();
    this.node?.release();
    this.node = null;
    this.#buffer?.release();
    this.#buffer = null;
  }

  /** Shape and type: the elements lie on the device, `await x.toNested()` reads them. */
  toString(): string {
    return `Tensor ${formatShape(this.shape)} ${this.dtype}`;
  }

  /** What Node prints. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Whether tensors of this type have gradients. */
export function isReal(dtype: DType): dtype is ScalarType {
  return dtype === 'f32' || dtype === 'f16';
}

function bytesOf(dtype: DType): number {
  return dtype === 'f16' ? 2 : 4;
}

function toDevice(data: TensorData, dtype: DType): HostArray {
  return dtype === 'f16' ? float32ToFloat16(data as Float32Array) : data;
}

/** Device memory for `n` elements of this type, with undefined contents. */
function allocate(gpu: Gpu, n: number, dtype: DType, label: string): GpuBuffer {
  return isReal(dtype) ? gpu.allocNumbers(n, label, dtype) : gpu.alloc(4 * n, label);
}

/** Memory with undefined contents for as many elements of the same type: a gradient. */
export function bufferLike(x: Tensor, label: string): GpuBuffer {
  return allocate(x.gpu, x.size, x.dtype, label);
}

function checkData(data: TensorData, shape: Shape, dtype: DType): void {
  if (!(data instanceof ARRAYS[dtype]))
    throw new UserError(`a tensor of ${dtype} takes a ${ARRAYS[dtype].name}, not a ${data.constructor.name}`);
  const size = sizeOf(shape);
  if (data.length !== size)
    throw new UserError(`shape ${formatShape(shape)} has ${size} elements, the data ${data.length}`);
}

function filled(gpu: Gpu, n: number, value: number, dtype: ScalarType = 'f32'): GpuBuffer {
  const y = gpu.allocNumbers(n, 'full', dtype);
  fill(gpu, { y, n, value });
  return y;
}

/**
 * A tensor with these elements: numbers, flat or nested (taken as f32), or a typed array, whose type becomes the tensor's.
 * The shape is that of the nesting where none is given. It lies on the default device (`openGpu`) where none is named.
 *
 *   tensor([[1, 2], [3, 4]])
 *   tensor(new Float32Array(12), [3, 4], { requiresGrad: true })
 *   tensor(gpu, [1, 2, 3])
 */
export function tensor(data: TensorData | Nested, options?: TensorOptions): Tensor;
export function tensor(data: TensorData | Nested, shape?: Shape, options?: TensorOptions): Tensor;
export function tensor(gpu: Gpu, data: TensorData | Nested, options?: TensorOptions): Tensor;
export function tensor(gpu: Gpu, data: TensorData | Nested, shape?: Shape, options?: TensorOptions): Tensor;
export function tensor(
  ...given: OnGpu<[data: TensorData | Nested, shape?: Shape | TensorOptions, more?: TensorOptions]>
) {
  const [gpu, data, second, third] = onGpu(given);
  const [shape, options = {}] = isShape(second) ? [second, third] : [undefined, second ?? third];
  const { values: array, shape: own } = ArrayBuffer.isView(data)
    ? { values: data, shape: [data.length] }
    : flattened(data);
  const wanted = shape ?? own;
  const dtype = dtypeOf(array, options.dtype ?? 'f32');
  checkShape('tensor', wanted);
  checkData(array, wanted, dtype);
  if (options.requiresGrad && !isReal(dtype))
    throw new UserError(`tensor: only f32 and f16 have gradients, not ${dtype}`);
  const made = new Tensor(gpu, wanted, allocate(gpu, array.length, dtype, 'tensor'), dtype, options.requiresGrad);
  made.write(array);
  return made;
}

function dtypeOf(array: TensorData, real: ScalarType): DType {
  if (array instanceof Float32Array) return real;
  if (array instanceof Int32Array) return 'i32';
  if (array instanceof Uint32Array) return 'u32';
  throw new UserError(
    `tensor: the data are a ${(array as object).constructor.name}; it takes Float32Array, Int32Array and Uint32Array: convert them, as with Float32Array.from(data)`,
  );
}

function isShape(value: Shape | TensorOptions | undefined): value is Shape {
  return value !== undefined && (typeof value !== 'object' || Array.isArray(value));
}

/** A tensor whose contents are undefined until something writes them. */
export function empty(gpu: Gpu, shape: Shape, label = 'tensor', dtype: DType = 'f32'): Tensor {
  return new Tensor(gpu, shape, allocate(gpu, sizeOf(shape), dtype, label), dtype);
}

/** A tensor of one repeated value. */
export function full(...given: OnGpu<[shape: Shape, value: number, dtype?: ScalarType]>): Tensor {
  const [gpu, shape, value, dtype = 'f32'] = onGpu(given);
  checkShape('full', shape);
  return new Tensor(gpu, shape, filled(gpu, sizeOf(shape), value, dtype), dtype);
}

/** A tensor of zeros. */
export function zeros(...given: OnGpu<[shape: Shape]>): Tensor {
  const [gpu, shape] = onGpu(given);
  return full(gpu, shape, 0);
}

/** A tensor of ones. */
export function ones(...given: OnGpu<[shape: Shape]>): Tensor {
  const [gpu, shape] = onGpu(given);
  return full(gpu, shape, 1);
}
