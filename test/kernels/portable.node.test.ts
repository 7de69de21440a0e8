/** What one compiler of WGSL takes and another refuses, found without either. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('kernels.portable');
const FOLDER = 'src/kernels';

/** Bodies of the functions that give a value, by name; sources are formatted, so that a body ends with `}` in column 0. */
function bodiesOf(source: string): Map<string, string> {
  const functions = source.matchAll(/^fn (\w+)\([^{]*\) -> [^{]*\{\n(.*?)^\}/gms);
  return new Map([...functions].map(([, name = '', body = '']) => [name, body]));
}

/** The first line of a body's last statement. */
const lastStatement = (body: string): string =>
  body
    .match(/^ {2}[^ )}].*$/gm)
    ?.at(-1)
    ?.trim() ?? '';

test('no function that gives a value ends with a loop: Firefox asks for a return after it', () => {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.wgsl'));
  let functions = 0;
  for (const file of files) {
    for (const [name, body] of bodiesOf(readFileSync(path.join(FOLDER, file), 'utf8'))) {
      functions++;
      assert.match(lastStatement(body), /^(return\b|switch\b)/, `${file}: ${name}`);
    }
  }
  assert.ok(functions > 100, `${functions} functions`);
});

test('such a function is found', () => {
  const source = 'fn root(at: u32) -> u32 {\n  loop {\n    if (at == 0) { return at; }\n  }\n}\n';
  assert.is(lastStatement(bodiesOf(source).get('root') ?? ''), 'loop {');
});

test.run();
