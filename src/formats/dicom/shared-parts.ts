import type { FileSource } from '../source.ts';
import type { CtImage, DicomFile, DicomHeader, PixelPlace } from './header.ts';

/** Zeros differ by their sign, which an affine keeps. */
const signed = (_: string, value: unknown): unknown => (Object.is(value, -0) ? '-0' : value);

/**
 * Makes equal parts of headers one object: the files of a series say the same but for place and UID, and there may be a
 * hundred thousand of them in memory until all have been read.
 */
export class SharedParts {
  readonly #known = new Map<string, unknown>();

  header({ identity, images, fault }: DicomFile, source: FileSource): DicomHeader {
    const single = images.length === 1;
    return {
      identity: this.#one(identity),
      images: images.map((image) => this.#image(image, single)),
      fault: fault === null ? null : this.#one(fault),
      source,
    };
  }

  #image({ pixels, place, geometry, sopUid, frame }: CtImage, single: boolean): CtImage {
    const { position, rowDirection, columnDirection, spacing } = geometry;
    return {
      pixels: this.#one(pixels),
      place: this.#place(place, single),
      geometry: {
        position,
        rowDirection: this.#one(rowDirection),
        columnDirection: this.#one(columnDirection),
        spacing: this.#one(spacing),
      },
      sopUid: single ? sopUid : this.#one(sopUid),
      frame,
    };
  }

  /** Pixels often start at one byte in all files of a series, in the frames of one file never. */
  #place(place: PixelPlace, single: boolean): PixelPlace {
    if (place.kind === 'compressed') return { ...place, transferSyntax: this.#one(place.transferSyntax) };
    return single ? this.#one(place) : place;
  }

  /** The first value that was equal to this one. */
  #one<T>(value: T): T {
    const key = JSON.stringify(value, signed);
    const known = this.#known.get(key);
    if (known !== undefined) return known as T;
    this.#known.set(key, value);
    return value;
  }
}
