/** A headless Chromium with WebGPU, for tests. Needs no root, no installed browser and no system libraries beyond glibc. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { type Browser, chromium, type LaunchOptions, type Page } from 'playwright-core';
import { chromiumPackage } from '../../src/gpu/swiftshader.node.ts';
import { cacheFolder, privateTemporaryFolder, writeCacheFile } from '../../src/util/cache.node.ts';
import { serveStatic } from '../../src/util/static-server.node.ts';
import { unpackOnce } from '../../src/util/unpack.node.ts';

const FLAGS = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/** Libraries that the binary asks for and the system has not. */
function missingLibraries(binary: string, libraries: string): string[] {
  const output = execFileSync('ldd', [binary], {
    encoding: 'utf8',
    env: { ...process.env, LD_LIBRARY_PATH: libraries },
  });
  return [...output.matchAll(/^\s*(\S+) => not found/gm)].map((match) => match[1] as string);
}

/** The system's fonts and the one that comes with the browser, for machines that have none. */
function fontConfiguration(folder: string): string {
  const file = path.join(folder, 'fonts-here.conf');
  const folders = [path.join(folder, 'fonts'), '/usr/share/fonts', '/usr/local/share/fonts'];
  const lines = folders.map((each) => `<dir>${each}</dir>`).join('');
  const cache = `<cachedir>${path.join(folder, 'fonts-cache')}</cachedir>`;
  writeCacheFile(file, `<?xml version="1.0"?><fontconfig>${lines}${cache}</fontconfig>`);
  return file;
}

/** The Chromium of @sparticuz/chromium, unpacked once into the user's cache; its own libraries serve where the system's lack. */
function bundledChromium(): LaunchOptions {
  const { folder, version } = chromiumPackage();
  const target = path.join(cacheFolder(), `chromium-${version}`);
  const archives = ['chromium.br', 'swiftshader.tar.br', 'fonts.tar.br', 'al2023.tar.br'];
  unpackOnce(
    archives.map((name) => path.join(folder, 'bin', name)),
    target,
  );
  const executablePath = path.join(target, 'chromium');
  const system = process.env.LD_LIBRARY_PATH ?? '';
  const own = [path.join(target, 'lib'), system].filter(Boolean).join(':');
  const libraries = missingLibraries(executablePath, system).length > 0 ? own : system;
  const missing = missingLibraries(executablePath, libraries);
  if (missing.length > 0) throw new Error(`the bundled Chromium lacks system libraries: ${missing.join(', ')}`);
  // They would take the place of the SwiftShader that comes with it.
  const { VK_DRIVER_FILES: _drivers, VK_ADD_DRIVER_FILES: _added, ...inherited } = process.env;
  const env = {
    ...(inherited as Record<string, string>),
    LD_LIBRARY_PATH: libraries,
    FONTCONFIG_FILE: fontConfiguration(target),
    HOME: process.env.HOME ?? privateTemporaryFolder('agelens-home'),
  };
  return { executablePath, env, args: FLAGS };
}

/**
 * Starts the browser, however long that takes on a busy machine: on Linux x64 the bundled one with SwiftShader, elsewhere an
 * installed Chrome with its own adapter.
 */
export function launchChromium(): Promise<Browser> {
  const bundled = process.platform === 'linux' && process.arch === 'x64';
  const options = bundled ? bundledChromium() : { channel: 'chrome', args: ['--enable-unsafe-webgpu'] };
  return chromium.launch({ ...options, timeout: 0 });
}

/** Calls `onLost` once when a page is gone though nobody closed it. */
export function watch(browser: Browser, page: Page, onLost: (reason: string) => void): void {
  page.on('crash', () => onLost('the page crashed'));
  browser.on('disconnected', () => onLost('the browser ended'));
}

export interface TestPage {
  page: Page;
  /** Settles, with the reason, only when the page is lost. */
  lost: Promise<never>;
}

/** Opens an empty page whose server offers the built test bundles and, as `/fixtures/`, the files of `test/`. */
export async function withTestPage<T>(action: (opened: TestPage) => Promise<T>): Promise<T> {
  const server = await serveStatic({
    folders: { '/': 'dist/test', '/fixtures/': 'test' },
    files: { '/page.html': 'test/support/page.html' },
  });
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    page.on('console', (message) => process.stdout.write(`${message.text()}\n`));
    page.on('pageerror', (error) => {
      process.exitCode = 1; // as an error that nobody catches does in Node
      process.stdout.write(`  the page threw: ${error.stack ?? error.message}\n`);
    });
    const lost = new Promise<never>((_, reject) => watch(browser, page, (reason) => reject(new Error(reason))));
    lost.catch(() => {}); // whoever waits for it hears of it
    await page.goto(`${server.url}page.html`);
    return await action({ page, lost });
  } finally {
    await browser.close();
    await server.close();
  }
}

/**
 * Runs the default export of a program in Chromium and gives what it returns. `program` is the path of a `*.chromium.ts`
 * file below `test/`, such as 'train/steps.chromium.ts'; argument and result are what JSON can hold.
 */
export function runInChromium<Result>(program: string, argument: unknown): Promise<Result> {
  const url = `/programs/${program.replace(/\.ts$/, '.js')}`;
  return withTestPage(({ page, lost }) => {
    const run = page.evaluate(async ([from, value]) => (await import(from)).default(value) as unknown, [
      url,
      argument,
    ] as const);
    return Promise.race([run as Promise<Result>, lost]);
  });
}
