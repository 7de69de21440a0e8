import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { adviceFor, distribution, lavapipeCommands, type Seen } from '../../src/cli/doctor/advice.ts';

const release = (id: string, version: string, like = '') =>
  distribution(`NAME="x"\nID=${id}\nVERSION_ID="${version}"\nID_LIKE="${like}"\n`);
const seen = (...rows: [Seen['kind'], Seen['state'], string, string][]): Seen[] =>
  rows.map(([kind, state, name, reason]) => ({ kind, state, name, reason }));

const test = suite('doctor');

test('the command that installs lavapipe is that of the distribution', () => {
  const commands = (...args: Parameters<typeof release>) => lavapipeCommands(release(...args)).join('\n');
  assert.match(commands('debian', '12'), /bookworm-backports mesa-vulkan-drivers$/);
  assert.is(commands('debian', '13'), 'sudo apt update && sudo apt install mesa-vulkan-drivers');
  assert.match(commands('ubuntu', '22.04', 'debian'), /kisak/);
  assert.is(commands('linuxmint', '22', 'ubuntu debian'), 'sudo apt update && sudo apt install mesa-vulkan-drivers');
  assert.is(commands('fedora', '42'), 'sudo dnf install mesa-vulkan-drivers');
  assert.is(commands('manjaro', '', 'arch'), 'sudo pacman -S vulkan-swrast');
  assert.match(commands('unknown', '1'), /Mesa 25/);
});

test('nothing is advised where a GPU or lavapipe was taken and no GPU lies idle', () => {
  assert.equal(adviceFor(seen(['hardware', 'taken', 'GPU (/dev/dri/renderD128)', ''])), []);
  assert.equal(adviceFor(seen(['hardware', 'passed over', 'GPU', 'none'], ['lavapipe', 'taken', 'lavapipe', ''])), []);
});

test('lavapipe is advised on SwiftShader, and where there is nothing', () => {
  const rows = seen(
    ['hardware', 'passed over', 'GPU', 'none'],
    ['lavapipe', 'passed over', 'lavapipe', 'it is not installed'],
  );
  for (const state of ['taken', 'passed over'] as const) {
    const advice = adviceFor([...rows, ...seen(['swiftshader', state, 'SwiftShader', ''])]);
    assert.is(advice.length, 1);
    assert.match(advice[0]?.why ?? '', /lavapipe/);
  }
});

test('a GPU without driver or permission is named with what would mend it', () => {
  const taken = seen(['lavapipe', 'taken', 'lavapipe', '']);
  const [nvidia] = adviceFor([
    ...seen(['hardware', 'passed over', 'GPU (/dev/nvidia0)', 'no Vulkan driver is installed for it']),
    ...taken,
  ]);
  assert.match(nvidia?.commands.join('\n') ?? '', /NVIDIA_DRIVER_CAPABILITIES/);
  const [closed] = adviceFor([
    ...seen(['hardware', 'passed over', 'GPU (/dev/dri/renderD128)', 'this user may not open its device file']),
    ...taken,
  ]);
  assert.match(closed?.commands.join('\n') ?? '', /usermod -aG render/);
});

test('agelens doctor --json tells adapter, limits and self-test, and nothing else on standard output', () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['dist/cli/agelens.js', 'doctor', '--json'], {
    encoding: 'utf8',
  });
  assert.is(status, 0, stderr);
  const diagnosis = JSON.parse(stdout);
  assert.ok(['hardware', 'lavapipe', 'swiftshader'].includes(diagnosis.adapter.kind));
  assert.ok(diagnosis.limits.maxStorageBufferBindingSize >= 2 ** 27);
  assert.ok(diagnosis.selfTest.length > 0 && diagnosis.selfTest.every(({ pass }: { pass: boolean }) => pass));
  if (process.platform === 'linux')
    assert.is(diagnosis.candidates.filter(({ state }: Seen) => state === 'taken').length, 1);
});

test.run();
