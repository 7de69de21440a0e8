/**
 * Finds the operation that makes NaN or infinities. While a detector watches, every tensor that an operation makes or takes
 * and every gradient is looked through on the device; nothing is read back until somebody asks. When nobody watches it costs
 * nothing.
 *
 *   await nn.detectAnomaly(() => { loss(net.forward(x)).backward(); }, { network: net });
 *   // AnomalyError: log in module "head.1" made infinities from finite numbers on the way forward: [4, 10] → [4, 10]
 */
import { defaultGpu, type Gpu, type GpuBuffer, SCALAR_BYTES } from '../gpu/index.ts';
import { flagAnomaly, NAN } from '../kernels/anomaly/anomaly.ts';
import { UserError } from '../util/errors.ts';
import { type Observer, observe, type Rule } from './autograd.ts';
import type { Module } from './layers/module.ts';
import { formatShape } from './shape.ts';
import { isReal, type Tensor } from './tensor.ts';

/** Tensors that are looked through between two calls of `check`. */
const MOST = 65536;

/** Options of an anomaly detector. */
export interface AnomalyOptions {
  /** Its modules and parameters are called by their names. */
  network?: Module<unknown, never[]> | undefined;
}

/** What made the first NaN or infinity. */
export interface Anomaly {
  /** `NaN`, or `infinities` where there is no NaN beside them. */
  kind: 'NaN' | 'infinities';
  /** Name of the operation. */
  operation: string;
  /** Whether its output has it, one of its gradients, or already what it was given. */
  pass: 'forward' | 'backward' | 'input';
  /** Full name of the innermost module that ran the operation; null where none is known. */
  module: string | null;
}

/** An operation made NaN or infinities; the message says which and where. */
export class AnomalyError extends UserError implements Anomaly {
  override name = 'AnomalyError';
  readonly kind: Anomaly['kind'];
  readonly operation: string;
  readonly pass: Anomaly['pass'];
  readonly module: string | null;

  constructor({ kind, operation, pass, module }: Anomaly, message: string) {
    super(message);
    this.kind = kind;
    this.operation = operation;
    this.pass = pass;
    this.module = module;
  }
}

/** A tensor that was looked through; its index is that of its flag. */
interface Look extends Omit<Anomaly, 'kind'> {
  /** Looks at what it was computed from; null for what came from outside. */
  from: readonly number[] | null;
  /** How a message goes on after "made NaN from finite numbers", or begins before "holds NaN". */
  text: string;
}

/** What the way back has to know of an operation. */
interface Made {
  module: string | null;
  /** At its inputs and its output. */
  looks: readonly number[];
  /** Of its output. */
  shape: readonly number[];
}

/** Looks through what the operations make while it watches; `detectAnomaly` is the short way. */
export class AnomalyDetector implements Observer {
  readonly #gpu: Gpu;
  readonly #flags: GpuBuffer;
  readonly #modules: ReadonlyMap<string, Module<unknown, never[]>>;
  readonly #names: ReadonlyMap<Tensor, string>;
  readonly #looks: Look[] = [];
  /** The last look at a buffer that an operation wrote. */
  readonly #known = new WeakMap<GpuBuffer, number>();
  readonly #made = new WeakMap<Rule, Made>();
  /** Names of the modules whose forward pass is under way, innermost last. */
  readonly #path: string[] = [];

  constructor(gpu: Gpu, { network }: AnomalyOptions = {}) {
    this.#gpu = gpu;
    this.#modules = network?.namedModules() ?? new Map();
    this.#names = new Map([...(network?.namedTensors() ?? [])].map(([name, tensor]) => [tensor, name]));
    this.#flags = gpu.alloc(4 * MOST, 'anomaly flags');
    gpu.clear(this.#flags);
  }

  /** Runs `work`, also one that is asynchronous, and has all its operations looked at; they may be recorded and replayed. */
  watch<T>(work: () => T): T {
    const unobserve = observe(this);
    const unname = this.#namePasses();
    const end = () => {
      unobserve();
      unname();
    };
    let result: T;
    try {
      result = work();
    } catch (error) {
      end();
      throw error;
    }
    if (result instanceof Promise) return result.finally(end) as T;
    end();
    return result;
  }

  /**
   * Waits for the work that was watched and reads what was found since the last call.
   * @throws AnomalyError that names the first operation that made NaN or infinities from finite numbers, or the first
   *   tensor from outside that holds NaN. Infinities that come from outside are taken as meant.
   */
  async check(): Promise<void> {
    const flags = new Uint32Array(await this.#gpu.read(this.#flags, 4 * this.#looks.length));
    if (!flags.some((flag) => flag !== 0)) return;
    this.#gpu.clear(this.#flags);
    const first = this.#looks.findIndex(({ from }, i) =>
      from ? flags[i] && from.every((each) => !flags[each]) : (flags[i] as number) & NAN,
    );
    const look = this.#looks[first];
    if (look) throw anomaly(look, flags[first] as number);
  }

  /** Gives back the memory. */
  release(): void {
    this.#flags.release();
  }

  /** Looks at what an operation has made; called by autograd. */
  forward(output: Tensor, rule: Rule): void {
    const module = this.#path.at(-1) ?? null;
    const { name: operation, inputs } = rule;
    const from = inputs.map((input) => this.#input(input, operation, module));
    const shapes = `${inputs.map(({ shape }) => formatShape(shape)).join(', ')} → ${formatShape(output.shape)}`;
    const look = { operation, pass: 'forward', module, from, text: `on the way forward: ${shapes}` } as const;
    const index = isReal(output.dtype) ? this.#look(output.buffer, output.size, look) : -1;
    this.#made.set(rule, { module, looks: [...from, index], shape: output.shape });
  }

  /** Looks at the gradients that a rule has made; called by autograd. */
  backward(rule: Rule, gy: GpuBuffer, gradients: readonly (GpuBuffer | null | undefined)[]): void {
    const { name: operation, inputs } = rule;
    const { module, looks, shape } = this.#made.get(rule) ?? { module: null, looks: [], shape: null };
    const output = `its output${shape ? ` ${formatShape(shape)}` : ''}`;
    const arrived = this.#known.get(gy) ?? this.#given(gy, operation, module, `the gradient of ${output}`);
    const from = [...looks, arrived];
    gradients.forEach((gradient, i) => {
      const input = inputs[i];
      if (!gradient || !input || gradient === gy) return;
      const text = `on the way back: the gradient of ${this.#nameOf(input, 'its input')} from that of ${output}`;
      this.#look(gradient, input.size, { operation, pass: 'backward', module, from, text });
    });
  }

  /** Looks at a sum of gradients; called by autograd. */
  sum(name: string, parts: readonly GpuBuffer[], sum: GpuBuffer, size: number): void {
    const from = parts.map((part) => this.#known.get(part) ?? -1);
    const text = 'on the way back, where the gradients of its output from several places were added';
    this.#look(sum, size, { operation: name, pass: 'backward', module: null, from, text });
  }

  /** Looks at what an operation takes, unless an operation made it. */
  #input(input: Tensor, operation: string, module: string | null): number {
    if (!isReal(input.dtype)) return -1;
    const known = this.#known.get(input.buffer);
    if (known !== undefined && this.#looks[known]?.from) return known;
    const text = this.#nameOf(input, 'an input');
    return this.#look(input.buffer, input.size, { operation, pass: 'input', module, from: null, text });
  }

  /** Looks at a gradient that no operation made. */
  #given(gy: GpuBuffer, operation: string, module: string | null, text: string): number {
    const n = gy.bytes / SCALAR_BYTES[gy.scalar];
    return this.#look(gy, n, { operation, pass: 'input', module, from: null, text });
  }

  #look(x: GpuBuffer, n: number, look: Look): number {
    const index = this.#looks.length;
    if (index === MOST)
      throw new UserError(`more than ${MOST} tensors were watched since the last check(); call it more often`);
    this.#looks.push({ ...look, from: look.from?.filter((each) => each >= 0) ?? null });
    this.#known.set(x, index);
    flagAnomaly(this.#gpu, { x, n, flags: this.#flags, index });
    return index;
  }

  #nameOf(tensor: Tensor, otherwise: string): string {
    return `${this.#names.get(tensor) ?? otherwise} ${formatShape(tensor.shape)}`;
  }

  /** Has the modules' forward passes tell when they begin and end, until the function that comes back is called. */
  #namePasses(): () => void {
    const restore = [...this.#modules].map(([name, module]) => {
      const own = Object.getOwnPropertyDescriptor(module, 'forward');
      const forward = module.forward;
      const named = (...inputs: never[]) => {
        this.#path.push(name);
        try {
          return forward.apply(module, inputs);
        } finally {
          this.#path.pop();
        }
      };
      Object.defineProperty(module, 'forward', { value: named, configurable: true });
      return () => {
        if (own) Object.defineProperty(module, 'forward', own);
        else Reflect.deleteProperty(module, 'forward');
      };
    });
    return () => {
      for (const each of restore) each();
    };
  }
}

function anomaly(look: Look, flag: number): AnomalyError {
  const kind = flag & NAN ? 'NaN' : 'infinities';
  const { operation, pass, module, text } = look;
  const where = module === null || module === '' ? operation : `${operation} in module "${module}"`;
  const message =
    pass === 'input'
      ? `${text} holds ${kind} before ${where} reads it`
      : `${where} made ${kind} from finite numbers ${text}`;
  return new AnomalyError({ kind, operation, pass, module }, message);
}

/**
 * Runs `work`, also one that is asynchronous, and gives its result.
 * @throws AnomalyError when an operation in it, on its way forward or back, made NaN or infinities from finite numbers
 */
export async function detectAnomaly<T>(
  work: () => T | Promise<T>,
  { gpu, network }: AnomalyOptions & { gpu?: Gpu } = {},
): Promise<T> {
  const detector = new AnomalyDetector(gpu ?? gpuOf(network) ?? defaultGpu(), { network });
  try {
    const result = await detector.watch(work);
    await detector.check();
    return result;
  } finally {
    detector.release();
  }
}

function gpuOf(network: AnomalyOptions['network']): Gpu | undefined {
  return network?.namedTensors().values().next().value?.gpu;
}
