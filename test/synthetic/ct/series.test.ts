import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bytesSource, type FileSource } from '../../../src/formats/source.ts';
import { readStudies, type Study } from '../../../src/formats/studies.ts';
import { toCanonical } from '../../../src/formats/volume.ts';
import {
  type CtSubject,
  ctSeries,
  drawCtSubject,
  type PatientPosition,
  renderCtVolume,
} from '../../../src/synthetic/ct/index.ts';

const test = suite('synthetic/ct/series');

const MATRIX = 32;

async function digest(subject: CtSubject): Promise<string> {
  const parts: Uint8Array[] = [];
  for (const { name, bytes } of ctSeries(subject, MATRIX)) parts.push(new TextEncoder().encode(name), bytes);
  const hash = await crypto.subtle.digest('SHA-256', await new Blob(parts as BlobPart[]).arrayBuffer());
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function sources(subject: CtSubject): FileSource[] {
  return [...ctSeries(subject, MATRIX)].map(({ name, bytes }) =>
    bytesSource(`${subject.id}/${name}`, new Uint8Array(bytes)),
  );
}

async function readBack(subject: CtSubject): Promise<Study> {
  const { studies, refused } = await readStudies(sources(subject));
  assert.equal(refused, []);
  assert.is(studies.length, 1);
  return studies[0] as Study;
}

const lying = (
  position: PatientPosition,
  upwards: boolean,
  filesReversed: boolean,
  more: Partial<CtSubject['scan']> = {},
): CtSubject => {
  const subject = drawCtSubject(6, 2);
  return { ...subject, scan: { ...subject.scan, position, upwards, filesReversed, ...more } };
};

test('the same seed gives the same bytes, another one others', async () => {
  const first = await digest(drawCtSubject(6, 2));
  assert.is(await digest(drawCtSubject(6, 2)), first);
  assert.is.not(await digest(drawCtSubject(6, 3)), first);
  assert.is.not(await digest(drawCtSubject(5, 2)), first);
});

test('read back, every orientation and file order gives the volume that was rendered', async () => {
  const cases = [
    lying('HFS', true, false),
    lying('HFS', false, true),
    lying('HFP', false, false),
    lying('FFS', true, true),
    lying('FFP', false, false, { offset: true, padded: true }),
    lying('HFS', true, false, { offset: false, padded: true }),
  ];
  for (const subject of cases) {
    const rendered = renderCtVolume(subject, MATRIX);
    const study = await readBack(subject);
    const [read, expected] = [toCanonical(await study.load()), toCanonical(rendered)];
    const name = `${subject.scan.position} ${subject.scan.upwards} ${subject.scan.offset}`;
    assert.equal(read.size, expected.size, name);
    for (const [i, value] of read.affine.entries()) {
      assert.ok(Math.abs(value - (expected.affine[i] as number)) < 1e-3, `${name}: affine[${i}] ${value}`);
    }
    const different = expected.data.findIndex((value, i) => value !== read.data[i]);
    assert.is(different, -1, `${name}: voxel ${different}`);
    assert.equal(study.warnings, [], name);
  }
});

test('the tags tell age, sex and patient', async () => {
  const subject = drawCtSubject(6, 4);
  const study = await readBack(subject);
  assert.is(study.patientId, subject.id);
  assert.is(study.sex, subject.sex);
  assert.is(study.age, Math.floor(subject.age));
});

test('padding is what lies outside the circular field', () => {
  const subject = lying('HFS', true, false, { padded: true });
  const { data, size } = renderCtVolume(subject, MATRIX);
  assert.is(data[0], -3024);
  assert.ok((data[size[0] * (size[1] / 2) + size[0] / 2] as number) > -200);
  assert.is(renderCtVolume(lying('HFS', true, false, { padded: false, noiseHu: 0 }), MATRIX).data[0], -1000);
});

test.run();
