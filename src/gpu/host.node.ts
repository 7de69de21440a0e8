import { isMainThread } from 'node:worker_threads';
import { UserError } from '../util/errors.ts';
import { type Candidate, judged } from './adapters.node.ts';
import type { AdapterChoice, AdapterKind, HostAdapter, HostOptions, PassedOver } from './host.ts';
import { interceptPolling, pollFor } from './polling.node.ts';
import { forgetProbe } from './probe.node.ts';
import { withoutRemarks } from './quiet.node.ts';
import { readTuning } from './tuning-file.node.ts';
import { withVulkan } from './vulkan.node.ts';

/**
 * What is asked of Dawn. Its timestamps are rounded to 65 µs, longer than most kernels take on a GPU, to keep a web page from
 * spying on others; there is no such page here. And it offers no f16 on NVIDIA's cards because of results of theirs that its
 * own tests found to be less exact than WGSL asks for; the kernels' tests pass there.
 */
const DAWN_OPTIONS = [
  'enable-dawn-features=vulkan_enable_f16_on_nvidia',
  'disable-dawn-features=timestamp_quantization',
];

const CHOICES: AdapterChoice[] = ['auto', 'hardware', 'lavapipe', 'swiftshader'];

/** AGELENS_ADAPTER decides where the program leaves the choice open. */
function choiceOf(options: HostOptions): AdapterChoice {
  if (options.adapter !== 'auto') return options.adapter;
  const choice = process.env.AGELENS_ADAPTER || 'auto';
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

/**
 * Dawn's entry objects, one for each set of drivers, held until the process ends: Dawn still calls into them from the
 * event loop after the last device is gone, and crashes when the garbage collector took them. They do not keep the
 * process alive.
 */
const HELD = Symbol.for('agelens.dawn');
const held: Map<string, GPU> = ((globalThis as { [HELD]?: Map<string, GPU> })[HELD] ??= new Map());

async function open(drivers: string): Promise<GPUAdapter | null> {
  const { create, globals } = await import('webgpu');
  for (const [name, value] of Object.entries(globals))
    if (!(name in globalThis)) Object.assign(globalThis, { [name]: value });
  interceptPolling();
  const gpu = held.get(drivers) ?? create(DAWN_OPTIONS);
  held.set(drivers, gpu);
  return withoutRemarks(() => gpu.requestAdapter({ powerPreference: 'high-performance' }));
}

function hostAdapter(adapter: GPUAdapter, passedOver: PassedOver[]): HostAdapter {
  const { vendor, architecture, description } = adapter.info;
  const driver = description || `${vendor} ${architecture}`.trim();
  const kind = kindOf(adapter);
  pollFor(kind);
  const { file, ways, damage } = readTuning(adapter.info);
  if (damage !== null)
    passedOver.push({
      name: `the tuning in ${file}`,
      reason: `it is damaged (${damage}); agelens bench --tune makes a new one`,
    });
  return { adapter, kind, driver, passedOver, tuning: ways };
}

/** The candidate's adapter, or why it gave none although it was found usable before. */
async function openCandidate({ kind, setup }: Candidate): Promise<GPUAdapter | string> {
  const adapter = await withVulkan(setup, () => open(setup.drivers.join(':')));
  if (adapter && kindOf(adapter) === kind) return adapter;
  forgetProbe(setup);
  const thread = isMainThread ? '' : ' (a worker thread must be started with env: SHARE_ENV of node:worker_threads)';
  return adapter ? `"${adapter.info.description}" came in its place${thread}` : `it gave no adapter${thread}`;
}

async function openOnLinux(choice: AdapterChoice): Promise<HostAdapter> {
  const reasons: PassedOver[] = [];
  const passedOver: PassedOver[] = [];
  for (const { candidate, name, usable, reason: objection } of judged(choice)) {
    const adapter = usable ? await openCandidate(candidate) : objection;
    if (typeof adapter !== 'string') return hostAdapter(adapter, passedOver);
    reasons.push({ name, reason: adapter });
    if (candidate.expected) passedOver.push({ name, reason: adapter });
  }
  const list = reasons.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
  const asked = choice === 'auto' ? '' : ` for "${choice}"`;
  throw new UserError(`no WebGPU adapter${asked}: ${list}. \`npx agelens doctor\` says what to install`);
}

async function openElsewhere(choice: AdapterChoice): Promise<HostAdapter> {
  const adapter = await open('');
  if (!adapter)
    throw new UserError(
      `no WebGPU adapter: Dawn finds no usable GPU on this ${process.platform} system; update its graphics driver`,
    );
  const host = hostAdapter(adapter, []);
  if (choice !== 'auto' && choice !== host.kind) {
    throw new UserError(
      `no WebGPU adapter for "${choice}": on ${process.platform} there is only ${host.driver}; unset AGELENS_ADAPTER`,
    );
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
