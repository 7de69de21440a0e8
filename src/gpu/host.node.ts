import { isMainThread } from 'node:worker_threads';
import { UserError } from '../util/errors.ts';
import { type Candidate, judged } from './adapters.node.ts';
import type { AdapterChoice, AdapterKind, HostAdapter, HostOptions, PassedOver } from './host.ts';
import { forgetProbe } from './probe.node.ts';
import { withVulkan } from './vulkan.node.ts';

const CHOICES: AdapterChoice[] = ['auto', 'hardware', 'lavapipe', 'swiftshader'];

/** AGELENS_ADAPTER goes ahead of what the program asks for. */
function choiceOf(options: HostOptions): AdapterChoice {
  const choice = process.env.AGELENS_ADAPTER || options.adapter;
  const known = CHOICES.find((each) => each === choice);
  if (!known) throw new UserError(`AGELENS_ADAPTER=${choice}: no such adapter; use one of ${CHOICES.join(', ')}`);
  return known;
}

function kindOf(adapter: GPUAdapter): AdapterKind {
  const text = `${adapter.info.architecture} ${adapter.info.device} ${adapter.info.description}`.toLowerCase();
  if (text.includes('swiftshader')) return 'swiftshader';
  if (text.includes('llvmpipe') || text.includes('lavapipe')) return 'lavapipe';
  return 'hardware';
}

interface Opened {
  adapter: GPUAdapter;
  /** Dawn lives as long as somebody holds this. */
  gpu: GPU;
}

async function open(): Promise<Opened | null> {
  const { create, globals } = await import('webgpu');
  for (const [name, value] of Object.entries(globals)) if (!(name in globalThis)) Object.assign(globalThis, { [name]: value });
  const gpu = create([]);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  return adapter && { adapter, gpu };
}

function hostAdapter({ adapter, gpu }: Opened, passedOver: PassedOver[]): HostAdapter {
  const { vendor, architecture, description } = adapter.info;
  let held: GPU | null = gpu;
  return {
    adapter,
    kind: kindOf(adapter),
    driver: description || `${vendor} ${architecture}`.trim(),
    passedOver,
    release: () => {
      if (held) held = null;
    },
  };
}

async function openCandidate(candidate: Candidate): Promise<Opened> {
  const opened = await withVulkan(candidate.setup, open);
  if (opened && kindOf(opened.adapter) === candidate.kind) return opened;
  forgetProbe(candidate.setup);
  const got = opened ? `it gave "${opened.adapter.info.description}"` : 'it gave no adapter';
  const thread = isMainThread ? '' : ' (a worker thread must be started with env: SHARE_ENV of node:worker_threads)';
  throw new UserError(`${candidate.name} was asked for, but ${got}${thread}`);
}

async function openOnLinux(choice: AdapterChoice): Promise<HostAdapter> {
  const reasons: PassedOver[] = [];
  const passedOver: PassedOver[] = [];
  for (const { candidate, name, usable, reason } of judged(choice)) {
    if (usable) return hostAdapter(await openCandidate(candidate), passedOver);
    reasons.push({ name, reason });
    if (candidate.expected) passedOver.push({ name, reason });
  }
  const list = reasons.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
  const asked = choice === 'auto' ? '' : ` for "${choice}"`;
  throw new UserError(`no WebGPU adapter${asked}: ${list}. \`npx agelens doctor\` says what to install`);
}

async function openElsewhere(choice: AdapterChoice): Promise<HostAdapter> {
  const opened = await open();
  if (!opened) throw new UserError(`no WebGPU adapter: Dawn finds no usable GPU on this ${process.platform} system; update its graphics driver`);
  const host = hostAdapter(opened, []);
  if (choice !== 'auto' && choice !== host.kind) {
    throw new UserError(`no WebGPU adapter for "${choice}": on ${process.platform} there is only ${host.driver}; unset AGELENS_ADAPTER`);
  }
  return host;
}

/**
 * Loads Dawn and takes the best adapter of this machine: a GPU, else lavapipe, else SwiftShader out of the packages
 * (Linux); elsewhere the one that Dawn itself takes.
 */
export async function requestHostAdapter(options: HostOptions): Promise<HostAdapter> {
  const choice = choiceOf(options);
  return process.platform === 'linux' ? openOnLinux(choice) : openElsewhere(choice);
}
