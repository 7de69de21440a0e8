import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../util/cache.node.ts';
import { unpackOnce } from '../util/unpack.node.ts';

/** Why SwiftShader cannot be had on this machine, or null. */
export function swiftShaderMissing(): string | null {
  if (process.platform !== 'linux') return `SwiftShader is only shipped for Linux, this is ${process.platform}`;
  if (process.arch !== 'x64') return `SwiftShader is only shipped for x64 processors, this is ${process.arch}`;
  return null;
}

/** Folder and version of the package that carries SwiftShader and a headless Chromium. */
export function chromiumPackage(): { folder: string; version: string } {
  const folder = path.resolve(path.dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '../..');
  const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { version: string };
  return { folder, version };
}

export interface SwiftShader {
  /** The driver's manifest, to be named in VK_DRIVER_FILES. */
  driver: string;
  /** A Vulkan loader, for machines that have none. */
  loader: string;
}

/** SwiftShader and a Vulkan loader, unpacked once into the user's cache folder. */
export function swiftShader(): SwiftShader {
  const { folder, version } = chromiumPackage();
  const target = path.join(cacheFolder(), `swiftshader-${version}`);
  unpackOnce([path.join(folder, 'bin', 'swiftshader.tar.br')], target);
  return { driver: path.join(target, 'vk_swiftshader_icd.json'), loader: path.join(target, 'libvulkan.so.1') };
}
