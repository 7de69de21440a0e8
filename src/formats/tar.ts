/** Tar archives as Python's tarfile writes them (POSIX ustar, with or without pax headers), in memory. */
import { quote } from './quote.ts';
import { RefusedError } from './refusal.ts';

const BLOCK = 512;
/** tarfile pads every archive to whole records. */
const RECORD = 20 * BLOCK;
const CHECKSUM = { begin: 148, end: 156 };
const SPACE = 0x20;
const FILE_TYPES = ['0', '\0'];
const PAX_TYPES = ['x', 'g'];
/** Records of a pax header that would change what the next member's header says. */
const PAX_CHANGES = /(?:^|\n)\d+ (?:path|size|linkpath)=/;

export function isTar(bytes: Uint8Array): boolean {
  return textAt(bytes, 257, 262) === 'ustar';
}

function textAt(bytes: Uint8Array, begin: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(begin, end)).split('\0', 1)[0] ?? '';
}

/**
 * Regular files by name, as views into the archive.
 * @throws RefusedError when the archive is truncated or damaged
 */
export function readTar(bytes: Uint8Array<ArrayBuffer>, file: string): Map<string, Uint8Array<ArrayBuffer>> {
  const refuse = (cause: string): never => {
    throw new RefusedError(file, cause);
  };
  const members = new Map<string, Uint8Array<ArrayBuffer>>();
  let at = 0;
  while (bytes[at] !== undefined && bytes[at] !== 0) {
    if (at + BLOCK > bytes.length) refuse(`truncated: a tar header at byte ${at} of ${bytes.length}`);
    const { name, type, size } = readHeader(bytes.subarray(at, at + BLOCK), at, refuse);
    const begin = at + BLOCK;
    if (begin + size > bytes.length)
      refuse(
        `truncated: its member ${quote(name)} lies at bytes ${begin} to ${begin + size}, the file ends at ${bytes.length}`,
      );
    const contents = bytes.subarray(begin, begin + size);
    if (PAX_TYPES.includes(type) && PAX_CHANGES.test(new TextDecoder().decode(contents)))
      refuse(`byte ${at}: a pax header that changes names or sizes`);
    if (FILE_TYPES.includes(type)) {
      if (members.has(name)) refuse(`byte ${at}: its member ${quote(name)} is there twice`);
      members.set(name, contents);
    }
    at = begin + Math.ceil(size / BLOCK) * BLOCK;
  }
  const rest = bytes.subarray(at);
  if (bytes.length % RECORD !== 0 || rest.length < 2 * BLOCK || rest.some((byte) => byte !== 0))
    refuse(
      `truncated or damaged: a tar archive of ${bytes.length} bytes does not end in zeros and a whole record of ${RECORD}`,
    );
  return members;
}

function readHeader(header: Uint8Array, at: number, refuse: (cause: string) => never) {
  const name = textAt(header, 0, 100);
  const octal = (begin: number, end: number, what: string): number => {
    const text = textAt(header, begin, end).trim();
    return /^[0-7]+$/.test(text)
      ? Number.parseInt(text, 8)
      : refuse(`byte ${at}: a tar header with ${what} ${quote(text)}`);
  };
  const announced = octal(CHECKSUM.begin, CHECKSUM.end, 'checksum');
  const sum = header.reduce((total, byte, i) => total + (i >= CHECKSUM.begin && i < CHECKSUM.end ? SPACE : byte), 0);
  if (sum !== announced) refuse(`byte ${at}: a damaged tar header (checksum ${sum} instead of ${announced})`);
  return { name, type: String.fromCharCode(header[156] as number), size: octal(124, 136, 'size') };
}
