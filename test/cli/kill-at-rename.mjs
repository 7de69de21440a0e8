// Preloaded into a command (node --import): ends it as kill -9 does at the moment it is about to rename a file to a name
// that ends as KILL_AT says, for the KILL_COUNT-th time; or sends it the signal KILL_SIGNAL at that moment.
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const { rename } = promises;
let left = Number(process.env.KILL_COUNT ?? 1);

promises.rename = (from, to) => {
  if (String(to).replaceAll('\\', '/').endsWith(process.env.KILL_AT) && --left === 0)
    process.kill(process.pid, process.env.KILL_SIGNAL ?? 'SIGKILL');
  return rename(from, to);
};
syncBuiltinESMExports();
