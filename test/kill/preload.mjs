// Preloaded into a command (node --import): counts what it does to files, and ends it as kill -9 does just before the
// operation with the number KILL_BEFORE. At the end it writes the count to the file COUNT_INTO.
import { writeFileSync } from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const last = Number(process.env.KILL_BEFORE ?? Number.POSITIVE_INFINITY);
let count = 0;

function watch(object, names) {
  for (const name of names) {
    const original = object[name];
    object[name] = function (...args) {
      if (++count === last) process.kill(process.pid, 'SIGKILL');
      return original.apply(this, args);
    };
  }
}

const handle = await promises.open(process.execPath, 'r');
watch(Object.getPrototypeOf(handle), ['write', 'writeFile', 'sync', 'truncate', 'close']);
await handle.close();
watch(promises, ['open', 'writeFile', 'appendFile', 'rename', 'link', 'copyFile', 'rm', 'mkdir']);
syncBuiltinESMExports();
count = 0;

process.on('exit', () => {
  if (process.env.COUNT_INTO) writeFileSync(process.env.COUNT_INTO, String(count));
});
