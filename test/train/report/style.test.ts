import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { STYLE } from '../../../src/train/report/style.ts';

const test = suite('report: style');

/** The colours of the n-th `:root` rule: light, dark. */
function colours(index: number): Map<string, string> {
  const rule = [...STYLE.matchAll(/:root \{([^}]*)\}/g)][index]?.[1] ?? '';
  return new Map(
    [...rule.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map((match) => [match[1] as string, match[2] as string]),
  );
}

/** Relative luminance (WCAG 2). */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

for (const [index, mode] of ['light', 'dark'].entries()) {
  test(`texts and marks can be told from the ground, ${mode}`, () => {
    const all = colours(index);
    const colour = (name: string): string => all.get(name) as string;
    for (const text of ['ink', 'soft', 'blue'])
      for (const ground of ['paper', 'wash', 'note'])
        assert.ok(contrast(colour(text), colour(ground)) >= 4.5, `${text} on ${ground}`);
    for (const mark of ['blue', 'orange', 'violet', 'grey'])
      assert.ok(contrast(colour(mark), colour('paper')) >= 3, mark);
    assert.ok(contrast(colour('ink'), colour('band')) >= 4.5);
  });
}

test('paper is always white, long tables are whole on it and repeat their heads', () => {
  assert.match(STYLE, /@media screen and \(prefers-color-scheme: dark\)/);
  const print = STYLE.slice(STYLE.indexOf('@media print'));
  assert.match(print, /max-height: none/);
  assert.match(print, /display: table-header-group/);
  assert.match(print, /figure[^{]*\{ break-inside: avoid/);
});

test.run();
