import { constants } from 'node:os';
import { privateTemporaryFolder } from '../util/cache.node.ts';

/** What a Vulkan loader is told: which loader it is, and the drivers it may use. */
export interface VulkanSetup {
  /** Library file of the loader; null for the system's own. */
  loader: string | null;
  /** Manifest files of the drivers. */
  drivers: string[];
}

const VULKAN = 'libvulkan.so.1';
const RTLD_NODELETE = 0x1000;

/** Keeps a library in this process although it is no Node module, which makes `process.dlopen` complain once it is loaded. */
function load(file: string, flags: number): boolean {
  try {
    process.dlopen({ exports: {} }, file, flags);
    return true;
  } catch (error) {
    return error instanceof Error && error.message.includes('did not self-register');
  }
}

/** Whether the system has a Vulkan loader. */
export function systemHasVulkan(): boolean {
  return load(VULKAN, constants.dlopen.RTLD_LAZY);
}

/** The variables that name the drivers to a Vulkan loader; it reads them whenever an instance is made. */
export function vulkanEnvironment(setup: VulkanSetup): Record<string, string> {
  const drivers = setup.drivers.join(':');
  return {
    VK_DRIVER_FILES: drivers,
    VK_ICD_FILENAMES: drivers,
    XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR || privateTemporaryFolder('agelens-runtime'),
  };
}

/** Runs `action` while this process's Vulkan loader sees exactly the given drivers. */
export async function withVulkan<T>(setup: VulkanSetup, action: () => Promise<T>): Promise<T> {
  const before = { ...process.env };
  const wanted = vulkanEnvironment(setup);
  Object.assign(process.env, wanted);
  // Dawn asks the linker for "libvulkan.so.1" and gets the one that is already there under that name.
  if (setup.loader) load(setup.loader, constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL | RTLD_NODELETE);
  try {
    return await action();
  } finally {
    for (const name of Object.keys(wanted)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}
