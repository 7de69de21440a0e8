/** How a data set came about, from files to pictures, as a run keeps it for its report. */
import type { Environment } from './environment.node.ts';

/** Keys as in data.json. What an earlier version did not write is left out. */
export interface Flow {
  /** Studies. */
  found: number;
  used: number;
  refused: { study: string; cause: string }[];
  /** Files that were looked at, and those among them that are no scans. */
  files?: number | undefined;
  other_files?: number | undefined;
  /** Rows of the table of ages for which there was no study. */
  labels_without_study?: number | undefined;
  /** Whether subjects are called by their own names instead of pseudonyms. */
  identifiers_kept?: boolean | undefined;
  /** What preparation remarked on studies that are used; rows as in subjects.csv. */
  remarks?: { row: number; remarks: string[] }[] | undefined;
  /** What the pictures were prepared with. */
  preparation?: Environment | undefined;
}

/** What prepare.json holds of this. */
export interface PreparedFlow extends Partial<Environment> {
  found?: number;
  refused?: Flow['refused'];
  files?: number;
  other_files?: number;
  labels_without_study?: number[];
  identifiers_kept?: boolean;
  /** By the studies' numbers. */
  warnings?: { study: number; warnings: string[] }[];
}

/** @param studies number of the study of each row of the table */
export function flowOf(facts: PreparedFlow, studies: readonly (number | null)[]): Flow {
  const { agelens, adapter, git_revision = null, node = '', webgpu = '', platform = '' } = facts;
  return {
    found: facts.found ?? studies.length,
    used: studies.length,
    refused: facts.refused ?? [],
    files: facts.files,
    other_files: facts.other_files,
    labels_without_study: facts.labels_without_study?.length,
    identifiers_kept: facts.identifiers_kept,
    remarks: facts.warnings?.map(({ study, warnings }) => ({ row: studies.indexOf(study), remarks: warnings })),
    preparation: agelens && adapter ? { agelens, git_revision, node, webgpu, platform, adapter } : undefined,
  };
}
