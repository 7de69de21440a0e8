/** Small DICOM series for tests, made with the project's own writer and encoder. */
import { type DicomElement, encodeDicomFile } from '../../src/formats/dicom/encode.ts';
import { type CtSlice, writeCtSlice } from '../../src/formats/dicom/write.ts';
import { bytesSource, type FileSource } from '../../src/formats/source.ts';

const ROWS = 3;
const COLUMNS = 4;

/** Slice `index` of an axial series with 2 mm steps; its pixels are index·100 + 0, 1, 2 … minus 1024. */
export function makeSlice(index: number, changes: Partial<CtSlice> = {}): CtSlice {
  const { rows = ROWS, columns = COLUMNS } = changes;
  return {
    patientId: 'P1',
    age: 47,
    sex: 'F',
    studyDate: '20200301',
    studyUid: '2.25.1',
    seriesUid: '2.25.2',
    sopUid: `2.25.9${index}`,
    frameOfReferenceUid: '2.25.3',
    seriesNumber: 2,
    instanceNumber: index + 1,
    seriesDescription: 'thorax',
    manufacturer: 'agelens',
    model: 'test',
    kilovolts: 120,
    convolutionKernel: 'B30',
    patientPosition: 'HFS',
    position: [-10, -20, 30 + 2 * index],
    orientation: [1, 0, 0, 0, 1, 0],
    spacing: [0.7, 0.8],
    sliceThickness: 5,
    rows,
    columns,
    pixels: Int16Array.from({ length: rows * columns }, (_, i) => index * 100 + i),
    slope: 1,
    intercept: -1024,
    ...changes,
  };
}

/** A file in memory. */
export function file(name: string, bytes: Uint8Array): FileSource {
  return bytesSource(name, Uint8Array.from(bytes));
}

/** `count` slices as files "FOLDER/0.dcm" …; `changes` may alter any of them. */
export function makeSeries(
  folder: string,
  count: number,
  changes: (index: number) => Partial<CtSlice> = () => ({}),
): FileSource[] {
  return Array.from({ length: count }, (_, i) => file(`${folder}/${i}.dcm`, writeCtSlice(makeSlice(i, changes(i)))));
}

/** Any DICOM file: the least elements that readers look at, with changes. */
export function encodeElements(
  transferSyntax: string,
  changes: Readonly<Record<number, Omit<DicomElement, 'tag'>>>,
): Uint8Array {
  const elements: Record<number, Omit<DicomElement, 'tag'>> = {
    524310: { vr: 'UI', value: '1.2.840.10008.5.1.4.1.1.2' },
    524312: { vr: 'UI', value: '2.25.9' },
    524384: { vr: 'CS', value: 'CT' },
    2097165: { vr: 'UI', value: '2.25.1' },
    2097166: { vr: 'UI', value: '2.25.2' },
    ...changes,
  };
  const list = Object.entries(elements).map(([tag, element]) => ({ tag: Number(tag), ...element }));
  return encodeDicomFile(list, transferSyntax);
}
