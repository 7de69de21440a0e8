/** Pieces of device memory: buffers, and textures that serve as rows of vec4<f32>. */

/** Texels in a row of a texture that serves as memory, and their bytes; kernels find texel i at (i % 1024, i / 1024). */
export const TEXELS_A_ROW = 1024;
export const ROW_BYTES = 16 * TEXELS_A_ROW;

/** Who hands out a piece of memory and takes it back. */
export interface Owner {
  give(memory: Memory): void;
}

abstract class Piece<Resource> {
  /** Bytes. */
  readonly size: number;
  readonly id: number;
  owner: Owner;
  /** Sequence number of the last queued command that touches it. */
  lastUse = 0;
  #resource: Resource | null;

  /** @param resource null for what a recording under way allocates: its place is found when the recording is whole */
  constructor(id: number, size: number, owner: Owner, resource: Resource | null) {
    this.id = id;
    this.size = size;
    this.owner = owner;
    this.#resource = resource;
  }

  /** Gives memory that a recording allocated the place that was found for it. */
  occupy(resource: Resource): void {
    this.#resource = resource;
  }

  protected get resource(): Resource {
    if (this.#resource) return this.#resource;
    throw new Error(`memory of ${this.size} bytes was used before the recording that allocates it was whole`);
  }
}

/** A device buffer. */
export class Storage extends Piece<GPUBuffer> {
  readonly kind = 'buffer';

  get gpuBuffer(): GPUBuffer {
    return this.resource;
  }
}

/** A texture of vec4<f32>, TEXELS_A_ROW to a row. */
export class TexelStorage extends Piece<{ texture: GPUTexture; view: GPUTextureView }> {
  readonly kind = 'texels';

  get texture(): GPUTexture {
    return this.resource.texture;
  }

  get view(): GPUTextureView {
    return this.resource.view;
  }
}

export type Memory = Storage | TexelStorage;
export type MemoryKind = Memory['kind'];

/** Device memory, in bytes. */
export interface MemoryUse {
  /** Bytes of all device buffers and textures, free ones included. */
  allocated: number;
  /** Bytes of those handed out now. */
  inUse: number;
  /** Most bytes ever handed out at once. */
  peak: number;
}
