/** The CT page clicked through in Chromium, against what the command says of the same files. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { writeNifti } from '../../src/formats/nifti/write.ts';
import { ctSeries, drawCtSubject } from '../../src/synthetic/ct/index.ts';
import { encodeModel } from '../../src/train/model-file.ts';
import { createNetwork } from '../../src/train/network.ts';
import { type StaticServer, serveStatic } from '../../src/util/static-server.node.ts';
import { launchChromium } from '../support/chromium.node.ts';
import { testGpu } from '../support/gpu.ts';

interface Context {
  folder: string;
  model: string;
  server: StaticServer;
  browser: Browser;
  page: Page;
  /** Addresses the page asked for. */
  requests: string[];
}

interface CommandPrediction {
  predictions: { age: number; sigma: number }[];
}

const test = suite<Context>('CT page');
const run = promisify(execFile);

/** What `agelens predict` says on SwiftShader. */
async function predict(model: string, file: string): Promise<{ age: number; sigma: number }> {
  const env = { ...process.env, AGELENS_ADAPTER: 'swiftshader' };
  const args = ['dist/cli/agelens.js', 'predict', '--run', model, '--json', file];
  const { stdout } = await run(process.execPath, args, { env, maxBuffer: 1 << 24 });
  const [prediction] = (JSON.parse(stdout) as CommandPrediction).predictions;
  assert.ok(prediction);
  return prediction;
}

async function shown(page: Page): Promise<{ age: number; sigma: number; parts: number }> {
  await page.waitForSelector('#results .age', { timeout: 0 });
  await page.waitForSelector('#results:not([aria-busy])', { timeout: 0 });
  const age = page.locator('#results .age');
  return {
    age: Number(await age.getAttribute('data-age')),
    sigma: Number(await age.getAttribute('data-sigma')),
    parts: await page.locator('#results .viewer canvas').count(),
  };
}

/** A model of fresh weights: what its numbers are does not matter here, only that they are the same everywhere. */
async function freshModel(): Promise<Uint8Array> {
  const gpu = await testGpu();
  const members = [];
  for (const fold of [0, 1]) {
    const network = createNetwork(gpu, 'resnet18', 7 + fold);
    const weights = await network.stateDict();
    network.dispose();
    members.push({ fold, standardisation: { mean: 52.5, deviation: 18.75 }, sigmaScale: 1.125, weights });
  }
  return encodeModel({
    network: 'resnet18',
    side: 32,
    recipe: { markers: 'band', slab: 10 },
    synthetic: true,
    members,
  });
}

test.before(async (context) => {
  context.folder = mkdtempSync(path.join(tmpdir(), 'agelens-page-'));
  context.model = path.join(context.folder, 'model.safetensors');
  writeFileSync(context.model, await freshModel());
  context.server = await serveStatic({
    folders: { '/': 'dist/web' },
    files: { '/weights/model.safetensors': context.model },
  });
  context.browser = await launchChromium();
  context.page = await context.browser.newPage();
  context.requests = [];
  context.page.on('request', (request) => context.requests.push(`${request.method()} ${request.url()}`));
  await context.page.goto(`${context.server.url}ct/`);
  await context.page.waitForSelector('#example:enabled', { timeout: 0 });
});

test.after(async (context) => {
  await context.browser.close();
  await context.server.close();
  rmSync(context.folder, { recursive: true });
});

test('the built-in example gives the bits of agelens predict on the same DICOM files', async ({
  page,
  folder,
  model,
}) => {
  await page.click('#example');
  const result = await shown(page);
  const series = path.join(folder, 'series');
  mkdirSync(series);
  for (const { name, bytes } of ctSeries(drawCtSubject(2023, 4))) writeFileSync(path.join(series, name), bytes);
  const expected = await predict(model, series);
  assert.is(result.age, expected.age);
  assert.is(result.sigma, expected.sigma);
  assert.ok(result.sigma > 0);
  assert.is(result.parts, 2);
  await page.screenshot({ path: path.join(folder, 'page.png'), fullPage: true });
});

test('a chosen NIfTI file gives the bits of agelens predict', async ({ page, folder, model }) => {
  const size = [40, 36, 48] as const;
  const data = new Int16Array(40 * 36 * 48).map((_, i) => {
    const [x, y, z] = [i % 40, Math.floor(i / 40) % 36, Math.floor(i / 1440)];
    const inside = (x - 20) ** 2 / 250 + (y - 18) ** 2 / 150 < 1;
    return inside ? 40 + 5 * z + ((7 * i) % 90) : -1000;
  });
  const file = path.join(folder, 'body.nii.gz');
  const affine = [8, 0, 0, -160, 0, 6, 0, -110, 0, 0, 9, -200, 0, 0, 0, 1];
  writeFileSync(file, writeNifti({ data, size: [...size], affine }, { gzip: true }));
  await page.setInputFiles('#files', file);
  const result = await shown(page);
  const expected = await predict(model, file);
  assert.is(result.age, expected.age);
  assert.is(result.sigma, expected.sigma);
});

test('the map can be faded out, and the page says that the numbers mean nothing', async ({ page }) => {
  await page.locator('#results input[type=range]').fill('0');
  assert.is(
    await page
      .locator('#results .viewer canvas')
      .nth(1)
      .evaluate((canvas) => canvas.style.opacity),
    '0',
  );
  assert.match(await page.locator('#notice').innerText(), /mean nothing medically/);
});

test('files that cannot be used are named with the cause', async ({ page, folder }) => {
  const broken = path.join(folder, 'broken.nii');
  writeFileSync(broken, new Uint8Array(200));
  await page.setInputFiles('#files', broken);
  await page.waitForSelector('#messages .error');
  assert.match(await page.locator('#messages').innerText(), /broken\.nii: /);
  assert.is(await page.locator('#results .age').count(), 0);
});

test('nothing leaves the page: it asks for its own files and for nothing else', async ({ requests, server }) => {
  assert.ok(requests.length > 0);
  for (const request of requests)
    assert.ok(request.startsWith(`GET ${server.url}`) || request.startsWith('GET data:,'), request);
  const names = readdirSync('dist/web', { recursive: true }).map(String);
  assert.ok(names.includes(path.join('ct', 'page.js')));
});

test.run();
