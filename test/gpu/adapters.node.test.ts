import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { installedDrivers, isLavapipe } from '../../src/gpu/drivers.node.ts';
import { requestHostAdapter } from '../../src/gpu/host.node.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'agelens-test-'));

function driver(name: string, library: string): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(
    file,
    JSON.stringify({ file_format_version: '1.0.0', ICD: { library_path: library, api_version: '1.3.0' } }),
  );
  return file;
}

/** Runs `action` with variables of the environment set (or, by undefined, unset). */
async function withEnvironment<T>(variables: Record<string, string | undefined>, action: () => Promise<T>): Promise<T> {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  const set = (name: string, value: string | undefined) => {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  };
  for (const [name, value] of Object.entries(variables)) set(name, value);
  try {
    return await action();
  } finally {
    for (const [name, value] of before) set(name, value);
  }
}

const bundled = process.platform === 'linux' && process.arch === 'x64';
const test = suite('adapters');
const onBundled = bundled ? test : test.skip;
if (!bundled) console.log('skipped: choice between drivers, which is for Linux x64');

test.after(() => rmSync(folder, { recursive: true }));

test('drivers are searched where a Vulkan loader searches', () => {
  const first = driver('data/vulkan/icd.d/lvp_icd.json', 'libvulkan_lvp.so');
  driver('data/vulkan/icd.d/notes.txt', 'libvulkan_no.so');
  writeFileSync(path.join(folder, 'data/vulkan/icd.d/broken.json'), '{');
  const found = installedDrivers({ XDG_DATA_DIRS: path.join(folder, 'data') }).map(({ manifest }) => manifest);
  assert.ok(found.includes(first));
  assert.is(found.filter((manifest) => manifest.startsWith(folder)).length, 1);
});

test('VK_DRIVER_FILES and VK_ICD_FILENAMES replace the search and may name folders', () => {
  const one = driver('own/one_icd.json', '/opt/libone.so');
  const two = driver('folder/lvp_icd.json', 'libvulkan_lvp.so');
  const named = installedDrivers({ VK_DRIVER_FILES: `${one}:${path.dirname(two)}`, VK_ICD_FILENAMES: '/nowhere.json' });
  assert.equal(
    named.map(({ manifest }) => manifest),
    [one, two],
  );
  assert.equal(named.map(isLavapipe), [false, true]);
  assert.equal(installedDrivers({ VK_ICD_FILENAMES: one }), [{ manifest: one, library: '/opt/libone.so' }]);
});

onBundled('a driver that cannot be used is passed over with a reason, and SwiftShader is taken', async () => {
  const library = path.join(folder, 'libvulkan_lvp.so');
  writeFileSync(library, 'no library');
  const variables = {
    VK_DRIVER_FILES: driver('bad_icd.json', library),
    VK_ICD_FILENAMES: undefined,
    AGELENS_ADAPTER: undefined,
  };
  const host = await withEnvironment(variables, () => requestHostAdapter({ adapter: 'auto' }));
  assert.is(host.kind, 'swiftshader');
  const [passedOver] = host.passedOver.filter(({ name }) => name.startsWith('lavapipe'));
  assert.match(passedOver?.reason ?? '', /no device that Dawn can use/);
});

onBundled('the environment is as it was after an adapter was taken', async () => {
  const variables = {
    VK_DRIVER_FILES: undefined,
    VK_ICD_FILENAMES: '/nowhere.json',
    XDG_RUNTIME_DIR: undefined,
    AGELENS_ADAPTER: undefined,
  };
  await withEnvironment(variables, async () => {
    await requestHostAdapter({ adapter: 'swiftshader' });
    assert.is(process.env.VK_DRIVER_FILES, undefined);
    assert.is(process.env.VK_ICD_FILENAMES, '/nowhere.json');
    assert.is(process.env.XDG_RUNTIME_DIR, undefined);
  });
});

onBundled('an adapter that was asked for by name and is not there is an error that says why', async () => {
  const variables = { VK_DRIVER_FILES: '/nowhere.json', AGELENS_ADAPTER: 'lavapipe' };
  const request = () => requestHostAdapter({ adapter: 'auto' });
  const message = await withEnvironment(variables, () => request().then(String, (error: Error) => error.message));
  assert.match(message, /no WebGPU adapter for "lavapipe": lavapipe: it is not installed/);
});

test('a name that is no adapter is refused', async () => {
  const request = () => requestHostAdapter({ adapter: 'auto' });
  const message = await withEnvironment({ AGELENS_ADAPTER: 'voodoo' }, () =>
    request().then(String, (error: Error) => error.message),
  );
  assert.match(message, /AGELENS_ADAPTER=voodoo: no such adapter/);
});

test('a process ends by itself, whether its device was closed or not', () => {
  for (const end of ['gpu.close()', '']) {
    const program = `import { openGpu } from './dist/node/index.js';
      let gpu = await openGpu(); await gpu.finish(); ${end}; gpu = null;
      gc(); await new Promise((done) => setTimeout(done, 20)); gc();`;
    const { status, signal, stderr } = spawnSync(
      process.execPath,
      ['--expose-gc', '--input-type=module', '-e', program],
      { encoding: 'utf8' },
    );
    assert.equal({ status, signal }, { status: 0, signal: null }, stderr);
  }
});

test.run();
