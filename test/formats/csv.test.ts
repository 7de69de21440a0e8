import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCsv, writeCsv } from '../../src/formats/csv.ts';

const test = suite('formats/csv');
const read = (text: string) => readCsv(new TextEncoder().encode(text), 'labels.csv');
const cells = (text: string) => read(text).rows.map((row) => [...row.values.values()]);

test('a table: columns, rows, typed cells, line numbers', () => {
  const { columns, rows } = read('subject,age,sex\nA,47.5,F\n\nB,,M\n');
  assert.equal(columns, ['subject', 'age', 'sex']);
  assert.equal(
    rows.map(({ line }) => line),
    [2, 4],
  );
  assert.equal(
    rows.map((row) => [row.requiredText('subject'), row.number('age'), row.text('nothing')]),
    [
      ['A', 47.5, ''],
      ['B', null, ''],
    ],
  );
});

test('byte-order mark, CRLF, semicolons, tabs, quotes, blanks', () => {
  const expected = [
    ['A', '47', 'x, y'],
    ['B', '5', 'z'],
  ];
  assert.equal(cells('\ufeffid,age,note\r\nA,47,"x, y"\r\nB,5,z\r\n'), expected);
  assert.equal(cells('id;age;note\nA;47;x, y\nB;5;z'), expected);
  assert.equal(cells('id\tage\tnote\nA\t47\tx, y\nB\t5\tz'), expected);
  assert.equal(cells(' id , age , note\n A , 47 , "x, y"\nB,5, z \n'), expected);
  assert.equal(cells('"a;b",c\n1,2\n'), [['1', '2']]);
  assert.equal(cells('id,note\nA,"two\nlines ""quoted"""\n'), [['A', 'two\nlines "quoted"']]);
});

test('a decimal comma is a decimal point only between semicolons', () => {
  assert.is(read('id;age\nA;47,5\n').rows[0]?.number('age'), 47.5);
  assert.throws(
    () => read('id,age\nA,"47,5"\n').rows[0]?.number('age'),
    /^labels\.csv: line 2: age "##,#" is not a number$/,
  );
});

test('errors name file, line and column', () => {
  const cause = (text: string) => () => {
    for (const row of read(text).rows) {
      row.requiredText('id');
      row.requiredNumber('age');
    }
  };
  assert.throws(cause('id,age\nA,1\nB,old\n'), /^labels\.csv: line 3: age "aaa" is not a number$/);
  assert.throws(cause('id,age\nA,1\nB,\n'), /^labels\.csv: line 3: age is empty$/);
  assert.throws(cause('id,age\n,1\n'), /^labels\.csv: line 2: id is empty$/);
  assert.throws(cause('id,age\nA,1e999\n'), /is not a number/);
  assert.throws(cause('id,age\nA,1,2\n'), /^labels\.csv: line 2: 3 cells for 2 columns$/);
  assert.throws(cause('id,age\nA\n'), /^labels\.csv: line 2: 1 cells for 2 columns$/);
  assert.throws(cause('id,age,id\nA,1,B\n'), /^labels\.csv: line 1: column "id" is there twice$/);
  assert.throws(cause(''), /the table is empty/);
  assert.throws(cause('id,age\n"A,1\n'), /^labels\.csv: not a CSV table: [^\n]+$/);
  assert.throws(() => readCsv(Uint8Array.of(0x69, 0x64, 0x0a, 0xe4), 'labels.csv'), /not UTF-8 text/);
});

test('a written table reads back', () => {
  const text = writeCsv(
    ['subject', 'age', 'note'],
    [
      { subject: 'A', age: 47.12345678901235, note: 'x, "y"\nz' },
      { subject: 'B', age: null, note: '' },
    ],
  );
  assert.is(text, 'subject,age,note\nA,47.12345678901235,"x, ""y""\nz"\nB,,\n');
  assert.equal(cells(text), [
    ['A', '47.12345678901235', 'x, "y"\nz'],
    ['B', '', ''],
  ]);
});

test.run();
