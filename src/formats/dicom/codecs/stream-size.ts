/**
 * The size of the picture in a JPEG-LS or JPEG 2000 stream, read from its header before a decoder sees it.
 */
export interface StreamSize {
  rows: number;
  columns: number;
  components: number;
  /** Of a sample. */
  bits: number;
}

/** JPEG-LS (ITU-T T.87): the SOF55 segment. @throws RangeError where there is none */
export function jpegLsSize(bytes: Uint8Array): StreamSize {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint16(0) !== 0xffd8) throw new RangeError('it lacks the start-of-image marker');
  let position = 2;
  for (;;) {
    const marker = view.getUint16(position);
    if (marker === 0xfff7) break;
    if (marker < 0xff01 || marker === 0xffda) throw new RangeError('it has no frame header');
    position += 2 + Math.max(2, view.getUint16(position + 2));
  }
  return {
    bits: view.getUint8(position + 4),
    rows: view.getUint16(position + 5),
    columns: view.getUint16(position + 7),
    components: view.getUint8(position + 9),
  };
}

const CODESTREAM = 0xff4fff51;
const JP2_SIGNATURE = 0x0000000c;

/**
 * JPEG 2000 (ITU-T T.800, A.5.1): the SIZ segment, at the start of a codestream or of the one inside a JP2 file.
 * @throws RangeError where there is none, or where the picture's tiles are more than its header can mean
 */
export function jpeg2000Size(bytes: Uint8Array): StreamSize {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const siz = (view.getUint32(0) === JP2_SIGNATURE ? codestreamInBoxes(view) : 0) + 4;
  if (view.getUint32(siz - 4) !== CODESTREAM) throw new RangeError('it has no codestream header (SOC, SIZ)');
  const u32 = (offset: number) => view.getUint32(siz + offset);
  const [right, bottom, left, top, tileWidth, tileHeight] = [u32(4), u32(8), u32(12), u32(16), u32(20), u32(24)];
  const [columns, rows] = [right - left, bottom - top];
  const tiles = Math.ceil(columns / Math.max(1, tileWidth)) * Math.ceil(rows / Math.max(1, tileHeight));
  if (tiles > MOST_TILES) throw new RangeError(`${tiles} tiles, at most ${MOST_TILES} are possible`);
  return { rows, columns, components: view.getUint16(siz + 36), bits: (view.getUint8(siz + 38) & 0x7f) + 1 };
}

/** Tile numbers have 16 bits. */
const MOST_TILES = 65535;

/** Where the codestream box's contents begin in a JP2 file (T.800, annex I). */
function codestreamInBoxes(view: DataView): number {
  let position = 0;
  for (;;) {
    const length = view.getUint32(position);
    if (view.getUint32(position + 4) === 0x6a703263) return position + 8;
    if (length < 8) throw new RangeError('its JP2 boxes hold no codestream');
    position += length;
  }
}
