/** The parts of the WebAssembly codecs that are used (their README files; no declarations are shipped). */
interface CodecDecoder {
  /** Memory for the compressed bytes. */
  getEncodedBuffer(length: number): Uint8Array;
  decode(): void;
  /** The decoded samples, little endian, inside the codec's memory. */
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): { width: number; height: number; bitsPerSample: number; componentCount: number; isSigned?: boolean };
  delete(): void;
}

interface CodecOptions {
  wasmBinary?: Uint8Array;
  print?: (line: string) => void;
  printErr?: (line: string) => void;
}

declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  const create: (options?: CodecOptions) => Promise<{ J2KDecoder: new () => CodecDecoder }>;
  export default create;
}

declare module '@cornerstonejs/codec-charls/decodewasmjs' {
  const create: (options?: CodecOptions) => Promise<{ JpegLSDecoder: new () => CodecDecoder }>;
  export default create;
}

declare module '@cornerstonejs/codec-openjpeg/decodewasm' {
  const binary: Uint8Array;
  export default binary;
}

declare module '@cornerstonejs/codec-charls/decodewasm' {
  const binary: Uint8Array;
  export default binary;
}
