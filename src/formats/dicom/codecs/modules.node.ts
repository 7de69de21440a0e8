/** WebAssembly codecs in Node: the packages find their own binaries. */
import charls from '@cornerstonejs/codec-charls/decodewasmjs';
import openjpeg from '@cornerstonejs/codec-openjpeg/decodewasmjs';
import { silent } from './silent.ts';

/** Instances of the codecs, each with a memory of its own. */
export const codecModules = { charls: () => charls({ ...silent }), openjpeg: () => openjpeg({ ...silent }) };
