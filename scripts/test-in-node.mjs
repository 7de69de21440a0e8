// The Node side of the tests: node scripts/test-in-node.mjs BUNDLE. Reports to its parent over IPC.
import path from 'node:path';
import { pathToFileURL } from 'node:url';

globalThis.UVU_DEFER = 1;
globalThis.UVU_QUEUE = [];

const { files, runFiles } = await import(pathToFileURL(path.resolve(process.argv[2])).href);
await runFiles(files, (report) => process.send(report));
process.disconnect();
