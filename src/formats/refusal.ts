/**
 * How readers say that a file cannot be used: the files it concerns and one line of cause with the numbers.
 */
import { messageOf, UserError } from '../util/errors.ts';

/** `cause` is a sentence without the files' names; {@link refusalLine} puts both into one line. */
export interface Refusal {
  files: string[];
  cause: string;
}

/** Thrown by every reader of this folder for input it cannot use. */
export class RefusedError extends UserError {
  override name = 'RefusedError';
  readonly refusal: Refusal;

  constructor(files: string | string[], cause: string) {
    const refusal = { files: typeof files === 'string' ? [files] : files, cause };
    super(refusalLine(refusal));
    this.refusal = refusal;
  }
}

/** "scan/0001.dcm and 40 more: cause", always one line: names and texts out of files may hold control characters. */
export function refusalLine({ files, cause }: Refusal): string {
  const more = files.length > 1 ? ` and ${files.length - 1} more` : '';
  const subject = files.length > 0 ? `${files[0]}${more}: ` : '';
  return `${subject}${cause}`.replace(/\p{Cc}+/gu, ' ');
}

/** The refusal in anything thrown while reading `files`, which it concerns unless it says otherwise. */
export function refusalOf(error: unknown, files: string[]): Refusal {
  if (!(error instanceof RefusedError)) return { files, cause: messageOf(error) };
  return error.refusal.files.length > 0 ? error.refusal : { files, cause: error.refusal.cause };
}
