/**
 * Reverse-mode differentiation.
 *
 *   forward:   x ── conv2d ── relu ── loss        each operation leaves a node: inputs, saved buffers, gradient rule
 *   backward:  nodes in reverse order of creation; a node's rule turns the gradient of its output into those of its inputs
 *
 * Operations run in an order in which inputs come before outputs, so the reverse of that order is a topological one, and
 * gradients are added in the same order every time. Nodes are counted by reference: a node ends when its output tensor and
 * all nodes that consume it have ended, and gives back its saved buffers then, or as soon as its rule has run.
 */
import type { Gpu, GpuBuffer } from '../gpu/index.ts';
import { addForward } from '../kernels/elementwise/binary.ts';
import { UserError } from '../util/errors.ts';
import type { Tensor } from './tensor.ts';

export type Attributes = Readonly<Record<string, number | boolean | string | readonly number[]>>;

/** What an operation tells autograd. */
export interface Rule {
  /** Shown in errors. */
  name: string;
  inputs: readonly Tensor[];
  /** What the output is a function of beside the inputs, for exporters. */
  attributes?: Attributes;
  /** Buffers that `backward` reads. They are held until it has run. */
  saved?: readonly GpuBuffer[];
  /**
   * The gradient of each input from the gradient `gy` of the output, null where none is needed. A rule returns buffers that
   * it allocated, each once, or `gy.retain()` to pass the gradient on; it does not write into `gy`.
   */
  backward(gy: GpuBuffer): (GpuBuffer | null)[];
}

/** Told of every operation while it observes, right after the operation's dispatches. */
export interface Observer {
  forward(output: Tensor, rule: Rule): void;
  /** `gradients` are those of the rule's inputs from the gradient `gy` of its output. */
  backward(rule: Rule, gy: GpuBuffer, gradients: readonly (GpuBuffer | null | undefined)[]): void;
  /** `sum` [size] is what two gradients of an output of the operation `name`, or of a leaf, add up to; it may be one of them. */
  sum(name: string, parts: readonly GpuBuffer[], sum: GpuBuffer, size: number): void;
}

let observer: Observer | null = null;

/** Has all operations observed until the function that comes back is called. */
export function observe(by: Observer): () => void {
  const before = observer;
  observer = by;
  return () => {
    observer = before;
  };
}

/** Whoever observes now. */
export function observing(): Observer | null {
  return observer;
}

let enabled = true;
let nextId = 0;

/** Runs `fn`, which is synchronous, without building a graph: nothing is saved for a backward pass. */
export function noGrad<T>(fn: () => T): T {
  const result = tracking(false, fn);
  if (result instanceof Promise)
    throw new Error('noGrad: its function is asynchronous; behind its first await a graph would be built again');
  return result;
}

/** Runs `fn` with or without building a graph. */
export function tracking<T>(whether: boolean, fn: () => T): T {
  const before = enabled;
  enabled = whether;
  try {
    return fn();
  } finally {
    enabled = before;
  }
}

/** Whether an operation on these inputs has to save what its gradient needs. */
export function tracks(inputs: readonly Tensor[]): boolean {
  return enabled && inputs.some((input) => input.requiresGrad);
}

/** Declares how `output` came about. Every differentiable operation ends with this. */
export function operation(output: Tensor, rule: Rule): Tensor {
  if (tracks(rule.inputs)) {
    output.node = new Node(rule, output);
    output.requiresGrad = true;
  }
  observer?.forward(output, rule);
  return output;
}

/** One operation of the graph. */
export class Node {
  readonly name: string;
  readonly id = nextId++;
  readonly gpu: Gpu;
  readonly size: number;
  /** Where each input's gradient goes: the node that made it, a leaf tensor, or nowhere. */
  readonly edges: readonly (Node | Tensor | null)[];
  /** Sum of the gradients that have arrived for the output. */
  gradient: GpuBuffer | null = null;
  /** Receives a copy of the output's gradient (`retainGrad`). */
  receiver: Tensor | null = null;
  readonly #rule: Rule;
  #saved: readonly GpuBuffer[];
  /** Of what is saved, when it was. */
  readonly #versions: readonly number[];
  #references = 1;
  #ended = false;

  constructor(rule: Rule, output: Tensor) {
    this.name = rule.name;
    this.gpu = output.gpu;
    this.size = output.size;
    this.#rule = rule;
    this.#saved = (rule.saved ?? []).map((buffer) => buffer.retain());
    this.#versions = this.#saved.map(({ version }) => version);
    this.edges = rule.inputs.map((input) => (input.requiresGrad ? (input.node?.retain() ?? input) : null));
  }

  /** What is held for the rule until it has run. */
  get saved(): readonly GpuBuffer[] {
    return this.#saved;
  }

  retain(): this {
    this.#references++;
    return this;
  }

  release(): void {
    const waiting: Node[] = [this];
    for (let node = waiting.pop(); node; node = waiting.pop()) {
      node.#references--;
      if (node.#references > 0 || node.#ended) continue;
      node.#end();
      waiting.push(...node.parents());
    }
  }

  /** Nodes that made the inputs. */
  parents(): Node[] {
    return this.edges.filter((edge) => edge instanceof Node);
  }

  /** Applies the rule to the gradient that has arrived and passes the results on to the edges that want one. */
  run(wants: (edge: Node | Tensor) => boolean): void {
    const gy = this.gradient;
    if (!gy) return;
    if (this.#ended) {
      throw new Error(
        `backward through "${this.name}" a second time: what it saved was freed by the first; run the forward pass again`,
      );
    }
    const changed = this.#saved.find(({ version }, i) => version !== this.#versions[i]);
    if (changed) {
      throw new UserError(
        `backward through "${this.name}": the ${changed.label} of ${changed.bytes} bytes that it used was overwritten since, by write() or by an optimiser's step; call backward() before, or run the forward pass again`,
      );
    }
    this.gradient = null;
    this.receiver?.receiveGradient(gy.retain(), true);
    const gradients = this.#rule.backward(gy);
    observer?.backward(this.#rule, gy, gradients);
    this.edges.forEach((edge, i) => {
      const gradient = gradients[i];
      if (!gradient) return;
      if (!edge || !wants(edge)) gradient.release();
      else if (edge instanceof Node) edge.accumulate(gradient);
      else edge.receiveGradient(gradient, gradient === gy);
    });
    gy.release();
    this.#end();
    for (const parent of this.parents()) parent.release();
  }

  /** Takes over `gradient` and adds it to what has arrived before. */
  accumulate(gradient: GpuBuffer): void {
    const before = this.gradient;
    if (!before) {
      this.gradient = gradient;
      return;
    }
    const sum = this.gpu.allocLike(gradient, `gradient of ${this.name}`);
    addForward(this.gpu, { a: before, b: gradient, y: sum, n: this.size });
    observer?.sum(this.name, [before, gradient], sum, this.size);
    before.release();
    gradient.release();
    this.gradient = sum;
  }

  #end(): void {
    this.#ended = true;
    for (const buffer of this.#saved) buffer.release();
    this.#saved = [];
  }
}

/**
 * Sends `gradient` (taken over) back through everything that led to `root`, to all leaves or, where `leaves` are given, to
 * these alone.
 */
export function backward(root: Node, gradient: GpuBuffer, leaves?: ReadonlySet<Tensor>): void {
  const nodes = reachable(root).sort((a, b) => b.id - a.id);
  const wanted = leaves && leadingTo(leaves, nodes);
  for (const node of nodes) node.retain();
  root.accumulate(gradient);
  try {
    for (const node of nodes) node.run((edge) => wanted?.has(edge) ?? true);
  } finally {
    for (const node of nodes) {
      node.gradient?.release();
      node.gradient = null;
      node.release();
    }
  }
}

/** Every buffer that the graph behind `root` holds for its backward pass, each once. */
export function heldFor(root: Node): Set<GpuBuffer> {
  return new Set(reachable(root).flatMap(({ saved }) => saved));
}

/** The leaves, and those of the nodes (last first) through which a gradient reaches one of them. */
function leadingTo(leaves: ReadonlySet<Tensor>, nodes: readonly Node[]): Set<Node | Tensor> {
  const wanted = new Set<Node | Tensor>(leaves);
  for (const node of nodes.toReversed()) {
    if (node.edges.some((edge) => edge && wanted.has(edge))) wanted.add(node);
  }
  return wanted;
}

function reachable(root: Node): Node[] {
  const seen = new Set([root]);
  const waiting = [root];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    for (const parent of node.parents()) {
      if (seen.has(parent)) continue;
      seen.add(parent);
      waiting.push(parent);
    }
  }
  return [...seen];
}
