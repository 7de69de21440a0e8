import { accessSync, constants } from 'node:fs';
import {
  type Driver,
  gpuDeviceFiles,
  installedDrivers,
  isLavapipe,
  isSwiftShader,
  mesaVersion,
} from './drivers.node.ts';
import type { AdapterChoice, AdapterKind, PassedOver } from './host.ts';
import { type Probe, probe } from './probe.node.ts';
import { swiftShader, swiftShaderMissing } from './swiftshader.node.ts';
import { systemHasVulkan, type VulkanSetup } from './vulkan.node.ts';

/** One way to a device on Linux. */
export interface Candidate {
  kind: AdapterKind;
  name: string;
  setup: VulkanSetup;
  /** Why it cannot be used, known without trying it; null when it is worth trying. */
  missing: string | null;
  /** Whether there is something that somebody would expect to be used: worth a line when it is not. */
  expected: boolean;
}

/** The oldest Mesa whose lavapipe is taken without being asked for. */
const OLDEST_MESA = 25;

function loader(): string | null {
  return systemHasVulkan() || swiftShaderMissing() ? null : swiftShader().loader;
}

function manifests(drivers: Driver[]): string[] {
  return drivers.map((driver) => driver.manifest);
}

function accessible(file: string): boolean {
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function hardware(drivers: Driver[]): Candidate {
  const devices = gpuDeviceFiles();
  const name = devices.length > 0 ? `GPU (${devices.join(', ')})` : 'GPU';
  let missing: string | null = null;
  if (devices.length === 0) missing = 'this machine shows none (no /dev/dri/renderD*, /dev/nvidia* or /dev/dxg)';
  else if (!devices.some(accessible)) missing = 'this user may not open its device file';
  else if (drivers.length === 0) missing = 'no Vulkan driver is installed for it';
  return {
    kind: 'hardware',
    name,
    setup: { loader: null, drivers: manifests(drivers) },
    missing,
    expected: devices.length > 0,
  };
}

function lavapipe(drivers: Driver[]): Candidate {
  const version = drivers.map(mesaVersion).find((found) => found !== null);
  const name = version ? `lavapipe (Mesa ${version})` : 'lavapipe';
  const missing = drivers.length === 0 ? 'it is not installed' : null;
  return {
    kind: 'lavapipe',
    name,
    setup: { loader: null, drivers: manifests(drivers) },
    missing,
    expected: drivers.length > 0,
  };
}

function swiftShaderCandidate(): Candidate {
  const missing = swiftShaderMissing();
  const setup = missing
    ? { loader: null, drivers: [] }
    : (({ driver, loader }) => ({ loader, drivers: [driver] }))(swiftShader());
  return { kind: 'swiftshader', name: 'SwiftShader', setup, missing, expected: true };
}

/** The ways to a device on this machine, best first. Looks at files only, tries nothing. */
export function candidates(choice: AdapterChoice): Candidate[] {
  const drivers = installedDrivers();
  const software = (driver: Driver) => isLavapipe(driver) || isSwiftShader(driver);
  const makers: Record<AdapterKind, () => Candidate> = {
    hardware: () => hardware(drivers.filter((driver) => !software(driver))),
    lavapipe: () => lavapipe(drivers.filter(isLavapipe)),
    swiftshader: swiftShaderCandidate,
  };
  const kinds: AdapterKind[] = choice === 'auto' ? ['hardware', 'lavapipe', 'swiftshader'] : [choice];
  const list = kinds.map((kind) => makers[kind]());
  if (list.some(({ kind, missing }) => kind !== 'swiftshader' && !missing)) {
    const instead = loader();
    for (const { kind, setup } of list) if (kind !== 'swiftshader') setup.loader = instead;
  }
  return list;
}

function objection(candidate: Candidate, result: Probe, choice: AdapterChoice): string | null {
  if (!result.ok) return result.reason;
  if (candidate.kind === 'hardware' && result.software)
    return `what its drivers offer is no GPU but ${result.description}`;
  const mesa = Number(result.description.match(/Mesa (\d+)\./)?.[1] ?? OLDEST_MESA);
  if (choice === 'auto' && candidate.kind === 'lavapipe' && mesa < OLDEST_MESA) {
    return `it is older than Mesa ${OLDEST_MESA} (AGELENS_ADAPTER=lavapipe takes it nevertheless)`;
  }
  return null;
}

export interface Verdict extends PassedOver {
  candidate: Candidate;
  usable: boolean;
}

/**
 * Judges the candidates in their order, lazily: the caller stops at the first one that is usable. SwiftShader is tried
 * only where it is opened, since it comes with the package and there is nothing behind it.
 */
export function* judged(choice: AdapterChoice): Generator<Verdict> {
  for (const candidate of candidates(choice)) {
    const { kind, name, setup, missing } = candidate;
    const reason = missing ?? (kind === 'swiftshader' ? null : objection(candidate, probe(setup), choice));
    yield { candidate, name, usable: reason === null, reason: reason ?? '' };
  }
}
