import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { renderReport } from '../../../src/train/report/report.ts';
import { EVIL, example } from './example.ts';
import { body, elements, tags, textOf } from './read-page.ts';

const test = suite('report: the page');
const page = renderReport(example());

test('it is complete in itself: no script, nothing loaded from outside', () => {
  assert.not.match(page, /<(script|link|iframe|object|embed|base)\b|@import|https?:|\burl\(|\bon\w+="/i);
  for (const tag of tags(page, 'img')) assert.match(tag, /src="data:image\/png;base64,/);
  assert.match(page, /src="data:image\/png;base64,AQID"/);
});

test('whatever comes from outside is escaped', () => {
  assert.not.match(page, /<script|<img src=x/);
  assert.ok(textOf(body(page)).includes(EVIL));
  assert.ok(textOf(body(page)).includes('<img src=x onerror=alert(1)>'));
  assert.match(page, /<title>a &amp; b/);
  assert.match(page, /Maker &amp; &quot;Sons&quot;/);
});

test('folders are named nowhere', () => {
  assert.not.match(page, /somebody/);
});

test('headings go down one level at a time, ids are single, links lead somewhere', () => {
  const levels = [...page.matchAll(/<h([1-6])/g)].map((match) => Number(match[1]));
  assert.is(levels[0], 1);
  assert.is(levels.filter((level) => level === 1).length, 1);
  levels.reduce((before, level) => {
    assert.ok(level <= before + 1, `h${level} after h${before}`);
    return level;
  });
  const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map((match) => match[1] as string);
  assert.is(new Set(ids).size, ids.length);
  for (const [, target] of page.matchAll(/href="([^"]*)"/g)) {
    assert.match(target as string, /^#/);
    assert.ok(ids.includes((target as string).slice(1)), `nothing has the id ${target}`);
  }
  for (const [, target] of page.matchAll(/aria-labelledby="([^"]*)"/g)) assert.ok(ids.includes(target as string));
});

test('pictures have texts, and cells of tables have heads', () => {
  for (const tag of tags(page, 'img')) assert.match(tag, /\salt="[^"]+"/);
  for (const tag of tags(page, 'svg')) assert.match(tag, /role="img" aria-label="[^"]+"|aria-hidden="true"/);
  for (const tag of tags(page, 'th')) assert.match(tag, /scope="(col|row)"/);
  for (const each of elements(page, 'table')) {
    const rows = elements(each, 'tr').map((row) => (row.match(/<t[hd]/g) ?? []).length);
    assert.is(new Set(rows).size, 1, `rows of ${rows} cells`);
  }
  assert.match(page, /<html lang="en">/);
});

test('figures, tables and references are numbered in their order', () => {
  for (const word of ['Figure', 'Table']) {
    const numbers = [...page.matchAll(new RegExp(`<b>${word} (\\d+)\\.</b>`, 'g'))].map((match) => Number(match[1]));
    assert.ok(numbers.length > 5);
    assert.equal(
      numbers,
      numbers.map((_, i) => i + 1),
    );
  }
  const cited = [...page.matchAll(/href="#ref-(\d+)"/g)].map((match) => Number(match[1]));
  const first = cited.filter((number, i) => cited.indexOf(number) === i);
  assert.equal(
    first,
    first.map((_, i) => i + 1),
  );
  assert.is(tags(page, 'li').filter((tag) => tag.includes('ref-')).length, first.length);
});

test('degenerate runs give whole pages', () => {
  const runs = {
    'one fold': { folds: 1, subjects: 20, settings: { folds: 5 } },
    'no truth, no sex': { truth: false, sexes: false },
    'three subjects': { subjects: 3 },
    'one subject': { subjects: 1, folds: 1, settings: { folds: 5 } },
    'all of one age': { age: 50 },
  };
  for (const [name, options] of Object.entries(runs)) {
    const run = renderReport(example(options));
    assert.not.match(run, /NaN|Infinity|undefined|\[object/, name);
    assert.match(run, /id="predictions"/, name);
  }
  assert.match(renderReport(example(runs['one fold'])), /1 of 5 folds/);
  assert.match(renderReport(example(runs['no truth, no sex'])), /Not a medical device; not for diagnosis/);
});

test('a run without anything but predictions gives a page', () => {
  const bare = { ...example(), history: [], explanations: null, phases: [] };
  const { files: _, other_files: _o, labels_without_study: _l, remarks: _r, preparation: _p, ...data } = bare.data;
  const run = renderReport({ ...bare, data });
  assert.not.match(run, /NaN|undefined|id="explanations"|id="training"/);
  assert.match(run, /not in this run/);
});

test.run();
