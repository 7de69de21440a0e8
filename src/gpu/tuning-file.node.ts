/** Tunings of adapters in the user's cache folder, one file for each adapter, driver and version. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder, writeCacheFile } from '../util/cache.node.ts';
import { messageOf } from '../util/errors.ts';
import { VERSION, WEBGPU_VERSION } from '../util/version.ts';

type Owner = Pick<GPUAdapterInfo, 'vendor' | 'architecture' | 'device' | 'description'>;

/** What a tuning belongs to: another device, driver or version may prefer other ways. */
function keyOf({ vendor, architecture, device, description }: Owner): Record<string, string> {
  return { vendor, architecture, device, driver: description, agelens: VERSION, webgpu: WEBGPU_VERSION };
}

function fileOf(owner: Owner): string {
  const digest = createHash('sha256')
    .update(JSON.stringify(keyOf(owner)))
    .digest('hex');
  return path.join(cacheFolder(), `tuning-${digest.slice(0, 16)}.json`);
}

/** Keeps the ways that were found for an adapter; returns the file they are in. */
export function writeTuning(owner: Owner, ways: Readonly<Record<string, string>>): string {
  const file = fileOf(owner);
  writeCacheFile(file, `${JSON.stringify({ ...keyOf(owner), ways }, null, 2)}\n`);
  return file;
}

export interface StoredTuning {
  file: string;
  ways: Record<string, string>;
  /** Why the file was passed over; null where it was not, or is not there. */
  damage: string | null;
}

/** The ways that were found for this adapter before. */
export function readTuning(owner: Owner): StoredTuning {
  const file = fileOf(owner);
  if (!existsSync(file)) return { file, ways: {}, damage: null };
  try {
    return { file, ways: checked(JSON.parse(readFileSync(file, 'utf8'))), damage: null };
  } catch (error) {
    return { file, ways: {}, damage: messageOf(error) };
  }
}

function checked(contents: unknown): Record<string, string> {
  const ways = (contents as { ways?: unknown } | null)?.ways;
  if (typeof ways !== 'object' || ways === null) throw new Error('it has no "ways"');
  for (const [key, way] of Object.entries(ways))
    if (typeof way !== 'string') throw new Error(`"${key}" is ${JSON.stringify(way)}, no name of a way`);
  return ways as Record<string, string>;
}
