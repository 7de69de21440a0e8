/** Static files over HTTP on this machine alone: for the pages, and for tests that run in a browser. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
};

export interface StaticServer {
  /** e.g. http://127.0.0.1:8080/ */
  url: string;
  close(): Promise<void>;
}

export interface StaticOptions {
  /** Folders by the path they appear under; the longest matching path wins. '/' is the root. */
  folders: Record<string, string>;
  /** Single files by their path, e.g. weights of a run. */
  files?: Record<string, string>;
  /** 0 takes any free port. */
  port?: number;
}

/** The file that a request path means, or null where it leaves the served folders. */
function locate(path: string, { folders, files = {} }: StaticOptions): string | null {
  if (Object.hasOwn(files, path)) return files[path] as string;
  const prefix = Object.keys(folders)
    .filter((candidate) => path.startsWith(candidate))
    .sort((a, b) => b.length - a.length)[0];
  if (prefix === undefined) return null;
  const root = normalize(folders[prefix] as string);
  const file = normalize(join(root, path.slice(prefix.length)));
  return file === root || file.startsWith(root + sep) ? file : null;
}

async function answer(request: IncomingMessage, response: ServerResponse, options: StaticOptions): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  let path: string;
  try {
    path = decodeURIComponent(url.pathname);
  } catch {
    return refuse(response, 400);
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405);
  let file = path.includes('\0') ? null : locate(path, options);
  let info = file ? await stat(file).catch(() => null) : null;
  if (file && info?.isDirectory()) {
    if (!path.endsWith('/')) return void response.writeHead(301, { location: `${url.pathname}/` }).end();
    file = join(file, 'index.html');
    info = await stat(file).catch(() => null);
  }
  if (!file || !info?.isFile()) return refuse(response, 404);
  const type = TYPES[extname(file)] ?? 'application/octet-stream';
  response.writeHead(200, {
    'content-type': type,
    'content-length': info.size,
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
  });
  if (request.method === 'HEAD') response.end();
  else
    createReadStream(file)
      .on('error', () => response.destroy())
      .pipe(response);
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${status}\n`);
}

/** Starts a server that only this machine can reach. */
export async function serveStatic(options: StaticOptions): Promise<StaticServer> {
  const server = createServer((request, response) => {
    answer(request, response, options).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
