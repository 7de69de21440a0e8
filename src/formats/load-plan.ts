/**
 * All that is needed to read a study's voxels, without the rest of its headers: small enough to keep for thousands of
 * studies, and data alone but for the sources, so that another thread can do it.
 */
import { type DicomPlan, loadSeries } from './dicom/load.ts';
import { readNifti, readNiftiStart, readNiftiVoxels } from './nifti/read.ts';
import type { FileSource } from './source.ts';
import type { Volume } from './volume.ts';

export interface NiftiPlan<Source> {
  kind: 'nifti';
  file: Source;
  /** Where the voxels lie in a file of their own. */
  image: Source | null;
}

export type LoadPlan<Source = FileSource> = DicomPlan<Source> | NiftiPlan<Source>;

/** Bytes of a NIfTI file that hold its header and, compressed or not, enough to find out its size. */
export const NIFTI_START = 1 << 16;

/** Reads the voxels. @throws RefusedError when they cannot be read after all */
export function loadPlan(plan: LoadPlan): Promise<Volume> {
  return plan.kind === 'dicom' ? loadSeries(plan) : loadNifti(plan);
}

async function loadNifti({ file, image }: NiftiPlan<FileSource>): Promise<Volume> {
  if (!image) return readNifti(await file.read(), file.name);
  const header = readNiftiStart(await file.read(0, NIFTI_START), file.name, true);
  return readNiftiVoxels(await image.read(), image.name, header);
}

/** The files that a plan reads, those of slices in their order. */
export function plannedSources(plan: LoadPlan): FileSource[] {
  if (plan.kind === 'nifti') return plan.image ? [plan.file, plan.image] : [plan.file];
  return [...plan.slices, ...plan.copies].map(({ source }) => source);
}

/** The plan with other sources; one that occurs several times stays one. */
export function mapSources<A, B>(plan: LoadPlan<A>, change: (source: A) => B): LoadPlan<B> {
  const changed = new Map<A, B>();
  const map = (source: A): B => {
    const known = changed.get(source);
    if (known !== undefined) return known;
    const fresh = change(source);
    changed.set(source, fresh);
    return fresh;
  };
  if (plan.kind === 'nifti') return { ...plan, file: map(plan.file), image: plan.image && map(plan.image) };
  return {
    ...plan,
    slices: plan.slices.map((slice) => ({ ...slice, source: map(slice.source) })),
    copies: plan.copies.map((copy) => ({ ...copy, source: map(copy.source) })),
  };
}
