/**
 * Where bytes come from: a file on disk, a file dropped on a page, or memory. Readers know nothing else, so that they
 * are the same in Node and in browsers.
 */
export interface FileSource {
  /** For messages, and to tell folders apart ("scan/0001.dcm"). */
  name: string;
  /** In bytes. */
  size: number;
  /** When its contents changed last, in milliseconds since 1970, where that is known. */
  modified?: number;
  /** Where it lies on disk, for another thread to open it. */
  path?: string;
  /** The bytes from `start` (0) to before `end` (the file's end). */
  read(start?: number, end?: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Bytes in memory as a source. */
export function bytesSource(name: string, bytes: Uint8Array<ArrayBuffer>): FileSource {
  return { name, size: bytes.length, read: async (start, end) => bytes.subarray(start, end) };
}

/** A `File` or `Blob` of a browser as a source. */
export function blobSource(name: string, blob: Blob): FileSource {
  return {
    name,
    size: blob.size,
    read: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
  };
}

/** What tells whether files are still the same without reading them: names, sizes and times. */
export function stampOf(sources: Iterable<FileSource>): string {
  const lines = [...new Set(sources)].map(({ name, size, modified = 0 }) => `${name}\t${size}\t${modified}\n`);
  return lines.sort().join('');
}

/** The last part of a source's name. */
export function baseName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** The folder part of a source's name; '' when there is none. */
export function folderOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('/')));
}
