/**
 * The browser side of the tests in an installed Firefox: node dist/test/firefox-host.js dist/test/BUNDLE.js. Nothing steers
 * the browser: its page posts what happens, and this program passes it on to its parent over IPC.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { serveStatic } from '../../src/util/static-server.node.ts';
import type { Report } from './run.ts';

type PageReport = Report | { type: 'thrown'; text: string };

/** WebGPU whatever the adapter, and nothing that asks or calls home. */
const PREFERENCES = {
  'dom.webgpu.enabled': true,
  'gfx.webgpu.ignore-blocklist': true,
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'dom.max_script_run_time': 0,
};

const browser = process.env.FIREFOX ?? 'firefox';
const bundle = path.basename(process.argv[2] as string);

function show(text: string): void {
  process.stdout.write(process.stdout.isTTY ? text : stripVTControlCharacters(text));
}

/** Takes reports, one POST each, until the last. */
function listen(onReport: (report: PageReport) => void): Promise<Server> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => {
      body += part.toString();
    });
    request.on('end', () => {
      response.writeHead(204, { 'access-control-allow-origin': '*' }).end();
      if (body) onReport(JSON.parse(body) as PageReport);
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

function profile(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'agelens-firefox-'));
  const lines = Object.entries(PREFERENCES).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`);
  writeFileSync(path.join(folder, 'user.js'), lines.join(''));
  return folder;
}

process.once('disconnect', () => process.exit(1)); // whoever asked for the tests is gone

const folder = profile();
const pages = await serveStatic({
  folders: { '/': 'dist/test', '/fixtures/': 'test' },
  files: { '/page.html': 'test/support/page.html' },
});
const failure = await new Promise<string | null>((resolve) => {
  listen((report) => {
    if (report.type === 'thrown') resolve(report.text);
    else if (report.type === 'text') show(report.text);
    else process.send?.(report);
    if (report.type === 'done') resolve(null);
  }).then((server) => {
    const reports = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const url = new URL('page.html', pages.url);
    url.searchParams.set('bundle', `/${bundle}`);
    url.searchParams.set('reports', reports);
    const args = ['--headless', '--no-remote', '--profile', folder, url.href];
    const child = spawn(browser, args, { stdio: 'ignore', env: { ...process.env, HOME: folder } });
    child.on('error', (error) => resolve(`  ${browser} does not start: ${error.message}; FIREFOX names another one\n`));
    child.on('exit', (code, signal) => resolve(`  the browser ended with ${signal ?? `status ${code}`}\n`));
    process.once('exit', () => child.kill());
  });
});
if (failure) show(failure);
process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
process.exit(failure ? 1 : 0);
