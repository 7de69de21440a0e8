import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { dependencies } from '../../package.json';
import { judged } from '../gpu/adapters.node.ts';
import { type Gpu, openGpu } from '../gpu/index.ts';
import { messageOf, UserError } from '../util/errors.ts';
import { VERSION } from '../util/version.ts';
import { defineCommand, type Terminal } from './command.ts';
import { type Advice, adviceFor, type Seen } from './doctor/advice.ts';
import { type SelfTestResult, selfTest } from './doctor/self-test.ts';
import { columns } from './help.ts';

/** Limits that decide how large a picture or batch may be. */
const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupsPerDimension',
] as const;

/** Limits counted in bytes. */
const BYTES = new Set<string>(['maxBufferSize', 'maxStorageBufferBindingSize', 'maxComputeWorkgroupStorageSize']);

const BROWSERS = ['google-chrome', 'chromium', 'chromium-browser', 'microsoft-edge', 'firefox'];

interface Diagnosis {
  agelens: string;
  node: string;
  npm: string | null;
  system: { platform: string; arch: string; processor: string; cores: number; memoryBytes: number };
  /** null where there is none; `problem` says why. */
  adapter: { kind: string; driver: string; vendor: string; architecture: string } | null;
  problem: string | null;
  candidates: Seen[];
  limits: Record<string, number>;
  features: string[];
  selfTest: SelfTestResult[];
  packages: Record<string, string>;
  browsers: { installed: string[]; forTests: string | null };
  advice: Advice[];
}

function npmVersion(): string | null {
  const agent = process.env.npm_config_user_agent?.match(/npm\/(\S+)/)?.[1];
  if (agent) return agent;
  try {
    return execFileSync('npm', ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      shell: process.platform === 'win32',
    }).trim();
  } catch {
    return null;
  }
}

/** Every candidate of a Linux machine and what becomes of it; elsewhere there is one adapter and nothing to choose. */
function survey(): Seen[] {
  if (process.platform !== 'linux') return [];
  const seen: Seen[] = [];
  let taken = false;
  for (const { candidate, name, usable, reason } of judged('auto')) {
    const state = !usable ? 'passed over' : taken ? 'not needed' : 'taken';
    taken ||= usable;
    seen.push({ kind: candidate.kind, name, state, reason });
  }
  return seen;
}

function installedBrowsers(): string[] {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return BROWSERS.filter((name) => folders.some((folder) => existsSync(path.join(folder, name))));
}

/** The headless Chromium that comes with the packages runs on Linux x64 alone. */
function bundledBrowser(): string | null {
  return process.platform === 'linux' && process.arch === 'x64'
    ? `Chromium ${dependencies['@sparticuz/chromium']}`
    : null;
}

async function diagnose(): Promise<Diagnosis> {
  const candidates = survey();
  let gpu: Gpu | null = null;
  let problem: string | null = null;
  try {
    gpu = await openGpu();
  } catch (error) {
    problem = messageOf(error);
  }
  const results = gpu ? await selfTest(gpu) : [];
  const { kind = '', driver = '', vendor = '', architecture = '' } = gpu?.info ?? {};
  const diagnosis: Diagnosis = {
    agelens: VERSION,
    node: process.versions.node,
    npm: npmVersion(),
    system: {
      platform: process.platform,
      arch: process.arch,
      processor: os.cpus()[0]?.model.trim() ?? 'unknown',
      cores: os.availableParallelism(),
      memoryBytes: os.totalmem(),
    },
    adapter: gpu && { kind, driver, vendor, architecture },
    problem,
    candidates,
    limits: Object.fromEntries(LIMITS.map((name) => [name, gpu?.limits[name] ?? 0])),
    features: gpu ? [...gpu.features].sort() : [],
    selfTest: results,
    packages: { webgpu: dependencies.webgpu, '@sparticuz/chromium': dependencies['@sparticuz/chromium'] },
    browsers: { installed: installedBrowsers(), forTests: bundledBrowser() },
    advice: process.platform === 'linux' ? adviceFor(candidates) : [],
  };
  gpu?.close();
  return diagnosis;
}

const bytes = (n: number) =>
  n >= 2 ** 30
    ? `${(n / 2 ** 30).toFixed(1)} GiB`
    : n >= 2 ** 20
      ? `${Math.round(n / 2 ** 20)} MiB`
      : `${Math.round(n / 1024)} KiB`;

const MARKS = { taken: '✓', 'passed over': '✗', 'not needed': '·' } as const;

function print({ adapter, problem, ...rest }: Diagnosis, terminal: Terminal): void {
  const { system, candidates, limits, features, advice } = rest;
  const section = (title: string, rows: [string, string][]) => terminal.print(`\n${title}\n${columns(rows)}`);
  terminal.print(
    `agelens ${rest.agelens} · Node ${rest.node} · npm ${rest.npm ?? 'not found'} · ${system.platform} ${system.arch}`,
  );
  terminal.print(`${system.processor}, ${system.cores} cores, ${bytes(system.memoryBytes)}`);
  if (candidates.length > 0) {
    const said = { taken: 'taken', 'passed over': 'passed over', 'not needed': 'works, not needed' };
    section(
      'Adapters, best first',
      candidates.map(({ name, state, reason }) => [
        `${MARKS[state]} ${name}`,
        reason ? `${said[state]}: ${reason}` : said[state],
      ]),
    );
  }
  if (!adapter) terminal.print(`\n✗ ${problem}`);
  else {
    section('Device', [
      ['driver', adapter.driver],
      ['kind', adapter.kind],
      ['vendor', `${adapter.vendor} ${adapter.architecture}`.trim()],
      ['features', features.join(', ')],
    ]);
    section(
      'Limits',
      Object.entries(limits).map(([name, value]) => [
        name,
        BYTES.has(name) ? bytes(value) : value.toLocaleString('en'),
      ]),
    );
    section(
      'Self-test',
      rest.selfTest.map(({ name, pass, detail, milliseconds }) => [
        `${pass ? '✓' : '✗'} ${name}`,
        `${detail} (${milliseconds} ms)`,
      ]),
    );
  }
  const { installed, forTests } = rest.browsers;
  section('Browsers', [
    [
      'for the pages',
      installed.join(', ') || 'none found on the PATH; the pages work in Chrome or Edge 113+, Firefox 141+, Safari 26+',
    ],
    ['for npm test', forTests ? `${forTests}, out of the packages` : 'an installed Chrome'],
  ]);
  for (const { why, commands } of advice)
    terminal.print(`\n${why}:\n${commands.map((line) => `  ${line}`).join('\n')}`);
}

export default defineCommand({
  name: 'doctor',
  summary: 'say what adapter this machine offers, test it, and tell what would give a better one',
  options: {},
  details: `Prints the drivers that were found in their order of preference and why one was passed over, the device's limits
    and features, a short self-test of kernels, browsers, and commands that would give a better adapter. The exit status
    is 0 only if there is an adapter and it computes rightly.`,
  async run({ terminal }) {
    const diagnosis = await diagnose();
    print(diagnosis, terminal);
    const wrong = diagnosis.selfTest.filter(({ pass }) => !pass).map(({ name }) => name);
    if (terminal.json) process.stdout.write(`${JSON.stringify(diagnosis, null, 2)}\n`);
    if (diagnosis.problem) throw new UserError(diagnosis.problem);
    if (wrong.length > 0)
      throw new UserError(
        `the adapter computes wrongly: ${wrong.join(', ')}; update its driver or set AGELENS_ADAPTER`,
      );
  },
});
