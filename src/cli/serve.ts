import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf, UserError } from '../util/errors.ts';
import { serveStatic } from '../util/static-server.node.ts';
import { defineCommand } from './command.ts';

/** The built pages, beside the built commands. */
function pagesFolder(): string {
  const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'web');
  if (!existsSync(join(folder, 'index.html')))
    throw new UserError(`${folder}: the pages are not built; run npm run build`);
  return folder;
}

function modelOf(run: string | undefined): Record<string, string> {
  const folder = run ?? 'runs/quickstart';
  const model = join(folder, 'model.safetensors');
  if (existsSync(model)) return { '/weights/model.safetensors': model };
  if (run) throw new UserError(`${model}: no such file; --run takes a run folder that training has finished`);
  return {};
}

export default defineCommand({
  name: 'serve',
  summary: 'serve the browser pages on this machine',
  options: {
    run: { type: 'text', value: 'DIR', help: 'run whose model the pages start with (runs/quickstart)' },
    port: { type: 'whole', value: 'N', least: 0, help: 'port on 127.0.0.1 (8080; 0 takes any free one)' },
  },
  async run({ options, terminal }) {
    const files = modelOf(options.run);
    const port = options.port ?? 8080;
    const server = await serveStatic({ folders: { '/': pagesFolder() }, files, port }).catch((error) => {
      throw new UserError(`port ${port} cannot be used (${messageOf(error)}); choose another with --port`);
    });
    terminal.note(`The pages are at ${server.url} (Ctrl-C ends).`);
    if (Object.keys(files).length === 0)
      terminal.note('No trained model yet: npm start makes one, or drop a .safetensors file on the page.');
    await new Promise<void>((resolve) => terminal.signal.addEventListener('abort', () => resolve(), { once: true }));
    await server.close();
  },
});
