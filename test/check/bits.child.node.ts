/** A program: prints the digests of the representative cases on the adapter of the environment. */
import { openGpu } from '../../src/gpu/index.ts';
import { caseDigests, representatives } from './bits.ts';

const gpu = await openGpu();
process.stdout.write(JSON.stringify(await caseDigests(gpu, await representatives())));
gpu.close();
