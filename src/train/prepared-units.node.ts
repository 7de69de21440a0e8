/**
 * Studies that were prepared already, so that a second run does only what is missing: each lies beside the output as
 * OUT.units/KEY.safetensors, whether its run was interrupted, did a shard, or ended. A key stands for the recipe, the version
 * and the study's files; what lies under it is the same wherever it was made. The folder may be removed at any time.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '../formats/files.node.ts';
import { readSafetensors, type TensorToStore, writeSafetensors } from '../formats/safetensors.ts';

/** What became of a study: a picture, or the reason why there is none. Texts are without identifiers. */
export type Unit =
  | { image: Float32Array<ArrayBuffer>; mask: Float32Array<ArrayBuffer> | null; warnings: readonly string[] }
  | { refused: string };

export class PreparedUnits {
  readonly #folder: string;

  /** @param out the folder that the units are for */
  constructor(out: string) {
    this.#folder = `${path.resolve(out)}.units`;
  }

  #file(key: string): string {
    return path.join(this.#folder, `${key}.safetensors`);
  }

  /** The unit of a key; null when there is none yet, or a damaged one. */
  async get(key: string, side: number): Promise<Unit | null> {
    const file = this.#file(key);
    if (!existsSync(file)) return null;
    try {
      const { tensors, metadata } = readSafetensors(new Uint8Array(await readFile(file)), path.basename(file));
      if (metadata.refused !== undefined) return { refused: metadata.refused };
      const values = (name: string) => tensors.get(name)?.toFloat32() ?? null;
      const [image, mask] = [values('image'), values('mask')];
      const warnings = JSON.parse(metadata.warnings ?? '[]') as string[];
      return image?.length === side * side ? { image, mask, warnings } : null;
    } catch {
      return null; // made anew
    }
  }

  async put(key: string, unit: Unit, side: number): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    await writeFileAtomically(this.#file(key), encode(unit, side));
  }
}

function encode(unit: Unit, side: number): Uint8Array {
  if ('refused' in unit) return writeSafetensors({}, { refused: unit.refused });
  const shape = [side, side];
  const tensors: Record<string, TensorToStore> = { image: { shape, data: unit.image } };
  if (unit.mask) tensors.mask = { shape, data: unit.mask };
  return writeSafetensors(tensors, { warnings: JSON.stringify(unit.warnings) });
}
