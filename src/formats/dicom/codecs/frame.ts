/**
 * What a codec must deliver: the pixels of one frame as a DICOM header describes them.
 */
import { RefusedError } from '../../refusal.ts';

/** The frame that the header announces. A codec's own header must say the same. */
export interface FrameShape {
  rows: number;
  columns: number;
  bitsAllocated: 8 | 16;
  /** The file, for messages. */
  name: string;
}

/** Decoded values, right-aligned, row by row; a sign is that of the lowest `bitsStored` bits. */
export type FrameValues = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;

/** Refuses a compressed frame whose own header says something else than the DICOM header. */
export function expectFrame(
  { rows, columns, name }: FrameShape,
  codec: string,
  found: { rows: number; columns: number; components: number },
): void {
  if (found.rows === rows && found.columns === columns && found.components === 1) return;
  throw new RefusedError(
    name,
    `its ${codec} data hold ${found.rows} rows × ${found.columns} columns × ${found.components} components, the header says ${rows} × ${columns} × 1`,
  );
}

/** The refusal of compressed data that cannot be decoded. */
export function undecodable(name: string, codec: string, cause: string): RefusedError {
  return new RefusedError(name, `truncated or damaged ${codec} data: ${cause}`);
}
