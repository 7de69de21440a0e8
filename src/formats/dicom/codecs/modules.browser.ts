/** WebAssembly codecs in browsers: their binaries are part of the bundle, so that a page asks for no file of its own. */
import charlsBinary from '@cornerstonejs/codec-charls/decodewasm';
import charls from '@cornerstonejs/codec-charls/decodewasmjs';
import openjpegBinary from '@cornerstonejs/codec-openjpeg/decodewasm';
import openjpeg from '@cornerstonejs/codec-openjpeg/decodewasmjs';
import { silent } from './silent.ts';

/** Instances of the codecs, each with a memory of its own. */
export const codecModules = {
  charls: () => charls({ ...silent, wasmBinary: charlsBinary }),
  openjpeg: () => openjpeg({ ...silent, wasmBinary: openjpegBinary }),
};
