/** The readers of files that strangers make, and small files to damage. */
import { readCaseFile } from '../../src/check/file.ts';
import { readCsv } from '../../src/formats/csv.ts';
import { readDicomHeader } from '../../src/formats/dicom/header.ts';
import { PixelReader } from '../../src/formats/dicom/pixels.ts';
import { readPng, writePng } from '../../src/formats/png.ts';
import { refusalLine } from '../../src/formats/refusal.ts';
import { bytesSource } from '../../src/formats/source.ts';
import { readStudies } from '../../src/formats/studies.ts';
import { readWeights } from '../../src/formats/weights.ts';
import { parseConfig, parseYaml } from '../../src/train/config.ts';
import { readLabels } from '../../src/train/labels.ts';
import { readFixture } from '../support/fixture.ts';

export interface Target {
  name: string;
  /** Undamaged files, all of which the reader takes. */
  files: () => Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }[]>;
  /** Reads everything in a file. Throws UserError for what cannot be used; returns the lines of its refusals where it lists them. */
  read: (bytes: Uint8Array<ArrayBuffer>, name: string) => Promise<string[]> | string[];
}

const fixtures = (folder: string, names: readonly string[]) => () =>
  Promise.all(names.map(async (name) => ({ name, bytes: Uint8Array.from(await readFixture(`${folder}/${name}`)) })));

const texts = (name: string, contents: readonly string[]) => async () =>
  contents.map((text) => ({ name, bytes: new TextEncoder().encode(text) }));

/** What `readStudies` says of one file, its volumes loaded too. */
async function readImage(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<string[]> {
  const { studies, refused } = await readStudies([bytesSource(name, bytes)]);
  for (const study of studies) await study.load();
  return refused.map(refusalLine);
}

/** A damaged file, and two whole ones beside it, so that a series of three slices comes about. */
async function readSeries(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<string[]> {
  const folder = name.slice(0, name.lastIndexOf('/'));
  const others = await Promise.all(
    ['2.dcm', '3.dcm'].map(async (other) =>
      bytesSource(
        `${folder}/${other}`,
        Uint8Array.from(await readFixture(`reference/formats/dicom/${folder}/${other}`)),
      ),
    ),
  );
  const { studies, refused } = await readStudies([bytesSource(name, bytes), ...others]);
  for (const study of studies) await study.load();
  return [...refused, ...studies.flatMap((study) => study.others)].map(refusalLine);
}

const NIFTI = [
  'int16.nii',
  'float32-big-endian.nii',
  'gzip.nii.gz',
  'gzip-members.nii.gz',
  'nifti2.nii',
  'qform.nii',
  'slope.nii',
];
const DICOM = ['explicit', 'implicit-12-bit', 'big-endian', '8-bit'].map((folder) => `${folder}/1.dcm`);
const COMPRESSED = [
  'deflated-u12.dcm',
  'rle-u12.dcm',
  'jpeg-baseline-u8.dcm',
  'jpeg-extended-u12.dcm',
  'jpeg-progressive-u12.dcm',
  'jpeg-lossless-sv1-s12.dcm',
  'jpeg-lossless-sv4-u12.dcm',
  'jpeg-ls-u12.dcm',
  'jpeg-ls-near-u12.dcm',
  'jpeg-2000-lossless-s16.dcm',
  'jpeg-2000-u12.dcm',
];
const CASES = [
  'relu-long.safetensors',
  'conv2d-1x7.safetensors',
  'adamw-1-step.safetensors',
  'label-2d-connectivity-2.safetensors',
];

const PICTURES = [
  { width: 7, height: 5, channels: 1, data: Uint8Array.from({ length: 35 }, (_, i) => i * 7) },
  { width: 4, height: 6, channels: 3, data: Uint16Array.from({ length: 72 }, (_, i) => i * 900) },
] as const;

export const TARGETS: readonly Target[] = [
  { name: 'dicom', files: fixtures('reference/formats/dicom', DICOM), read: readSeries },
  {
    name: 'dicom-frames',
    files: fixtures('reference/formats/dicom', ['enhanced.dcm', 'enhanced-rle.dcm']),
    read: readImage,
  },
  {
    name: 'dicom-compressed',
    files: fixtures('reference/formats/compressed', COMPRESSED),
    read: async (bytes, name) => readPixels(bytes, name),
  },
  { name: 'nifti', files: fixtures('reference/formats/nifti', NIFTI), read: readImage },
  {
    name: 'safetensors',
    files: fixtures('reference/cases', CASES),
    read: (bytes, name) => {
      readCaseFile(bytes, name);
      return [];
    },
  },
  {
    name: 'pytorch',
    files: fixtures('reference/weights', [
      'everything.pt',
      'everything-deflated.pt',
      'everything-stream.pt',
      'old.pth',
      'lightning.ckpt',
      'protocol-1.pt',
      'protocol-5.pt',
      'stored.npz',
      'deflated.npz',
      'fortran.npy',
    ]),
    read: (bytes, name) => {
      for (const tensor of readWeights(bytes, name).tensors.values()) tensor.toFloat32();
      return [];
    },
  },
  {
    name: 'png',
    files: async () => PICTURES.map((picture) => ({ name: 'a.png', bytes: Uint8Array.from(writePng(picture)) })),
    read: (bytes, name) => {
      readPng(bytes, name);
      return [];
    },
  },
  {
    name: 'yaml',
    files: texts('run.yaml', [
      'data: prepared\nseed: 3\nfolds: 5\nmodel: {name: resnet18}\ntrain:\n  epochs: 30\n  batch: 16\n  learning_rate: 1e-3\n',
      '# all of it\nfolds: !!int "4"\ntrain: &t\n  epochs: 2\n  keep: last\naugment:\n  shift: 3.5\n',
    ]),
    read: (bytes, name) => {
      parseConfig(parseYaml(new TextDecoder().decode(bytes), name), name);
      return [];
    },
  },
  {
    name: 'csv',
    files: texts('ages.csv', [
      'subject,age,sex\nP1,67.5,F\nP2,44,M\n"P,3",81,male\n',
      'path;age;sex\r\na/b.nii.gz;67,5;f\r\n"c ""d""";44;m\r\n',
      '\ufeffpatient_id\tage_years\tgender\nP1\t70\tO\n',
    ]),
    read: (bytes, name) => {
      readLabels(name, readCsv(bytes, name));
      return [];
    },
  },
];

async function readPixels(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<string[]> {
  const header = readDicomHeader(name, bytes);
  for (const image of header.images) await new PixelReader().read({ source: bytesSource(name, bytes), ...image });
  return header.fault === null ? [] : [refusalLine({ files: [name], cause: header.fault })];
}
