/**
 * NIfTI in two files: NAME.hdr with the header and NAME.img with the voxels, each perhaps gzipped.
 */
const PAIR_NAME = /\.(hdr|img)(\.gz)?$/i;

/** Whether a file's name is that of one half of a pair. */
export function isPairName(name: string): boolean {
  return PAIR_NAME.test(name);
}

/** Which half. */
export function pairKind(name: string): 'hdr' | 'img' {
  return /\.hdr(\.gz)?$/i.test(name) ? 'hdr' : 'img';
}

/** Names that the other half may have, in the order in which they are tried. */
export function partnerNames(name: string): string[] {
  const stem = name.replace(PAIR_NAME, '');
  const upper = /\.(HDR|IMG)/.test(name);
  const other = pairKind(name) === 'hdr' ? 'img' : 'hdr';
  const ending = upper ? other.toUpperCase() : other;
  return /\.gz$/i.test(name)
    ? [`${stem}.${ending}.gz`, `${stem}.${ending}`]
    : [`${stem}.${ending}`, `${stem}.${ending}.gz`];
}
