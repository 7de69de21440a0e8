// The Node side of the tests: node scripts/test-in-node.mjs BUNDLE. Reports to its parent over IPC.
import path from 'node:path';
import { pathToFileURL } from 'node:url';

globalThis.UVU_DEFER = 1;
globalThis.UVU_QUEUE = [];

process.once('disconnect', () => process.exit(1)); // whoever asked for the tests is gone
process.channel.unref(); // … and listening for that keeps nobody here

const { files, runFiles } = await import(pathToFileURL(path.resolve(process.argv[2])).href);
await runFiles(files, (report) => process.send(report));
process.removeAllListeners('disconnect');
process.disconnect();
