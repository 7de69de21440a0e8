import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** A Vulkan driver as its manifest file describes it. */
export interface Driver {
  /** Path of the manifest (`…_icd.json`). */
  manifest: string;
  /** What the manifest names: a path, or a bare name that the system's linker finds. */
  library: string;
}

const SYSTEM_LIBRARIES = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
  '/usr/lib',
  '/usr/local/lib',
];

/** The folders in which a Vulkan loader looks for manifests, in its order. */
function manifestFolders(env: NodeJS.ProcessEnv): string[] {
  const home = os.homedir();
  const roots = [
    env.XDG_CONFIG_HOME || path.join(home, '.config'),
    ...(env.XDG_CONFIG_DIRS || '/etc/xdg').split(':'),
    '/usr/local/etc',
    '/etc',
    env.XDG_DATA_HOME || path.join(home, '.local/share'),
    ...(env.XDG_DATA_DIRS || '/usr/local/share:/usr/share').split(':'),
    '/usr/local/nvidia/share', // where container runtimes mount NVIDIA's driver
  ];
  return roots.map((root) => path.join(root, 'vulkan/icd.d'));
}

function manifestsIn(place: string): string[] {
  try {
    if (!statSync(place).isDirectory()) return [place];
    return readdirSync(place)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => path.join(place, name));
  } catch {
    return [];
  }
}

function readManifest(manifest: string): Driver[] {
  try {
    const { ICD } = JSON.parse(readFileSync(manifest, 'utf8')) as { ICD: { library_path: string } };
    return typeof ICD.library_path === 'string' ? [{ manifest, library: ICD.library_path }] : [];
  } catch {
    return [];
  }
}

/**
 * The Vulkan drivers of this machine. Like the Vulkan loader it obeys VK_DRIVER_FILES (older name: VK_ICD_FILENAMES),
 * which replace the search, and VK_ADD_DRIVER_FILES, which come ahead of it.
 */
export function installedDrivers(env: NodeJS.ProcessEnv = process.env): Driver[] {
  const named = env.VK_DRIVER_FILES || env.VK_ICD_FILENAMES;
  const added = env.VK_ADD_DRIVER_FILES?.split(':') ?? [];
  const places = named ? named.split(':') : [...added, ...manifestFolders(env)];
  const manifests = places.filter(Boolean).flatMap(manifestsIn);
  const unique = new Map(manifests.map((manifest) => [realpathSync(manifest), manifest]));
  return [...unique.values()].flatMap(readManifest);
}

export function isLavapipe(driver: Driver): boolean {
  return /vulkan_lvp/.test(driver.library);
}

export function isSwiftShader(driver: Driver): boolean {
  return /swiftshader/i.test(driver.library);
}

/** The file a driver's library is in, as far as that can be told without loading it. */
export function libraryFile({ manifest, library }: Driver): string | null {
  const places = library.includes('/')
    ? [path.resolve(path.dirname(manifest), library)]
    : SYSTEM_LIBRARIES.map((folder) => path.join(folder, library));
  return places.find((file) => existsSync(file)) ?? null;
}

/** Version of Mesa that a driver was built from, read out of its library; null where it is not Mesa's or not found. */
export function mesaVersion(driver: Driver): string | null {
  const file = libraryFile(driver);
  if (!file) return null;
  return readFileSync(file, 'latin1').match(/Mesa (\d+\.\d+\.\d+)/)?.[1] ?? null;
}

/** Device files through which a driver would reach a GPU: render nodes, NVIDIA's, and WSL's. */
export function gpuDeviceFiles(): string[] {
  const render = entries('/dev/dri').filter((name) => name.startsWith('renderD'));
  const nvidia = entries('/dev').filter((name) => /^nvidia\d+$/.test(name));
  const wsl = entries('/dev').filter((name) => name === 'dxg');
  return [
    ...render.map((name) => `/dev/dri/${name}`),
    ...nvidia.map((name) => `/dev/${name}`),
    ...wsl.map(() => '/dev/dxg'),
  ];
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
