/** WebGPU's default limit for each dimension of a dispatch. */
export const MAX_WORKGROUPS = 65535;

/** Workgroups of a dispatch along x, y and z; 1 where left out. */
export type Workgroups = [x: number, y?: number, z?: number];

/**
 * Workgroups for `n` items, `perGroup` a workgroup, spread over x and y where one dimension does not suffice. The kernel
 * computes its item as `(workgroup_id.y * num_workgroups.x + workgroup_id.x) * perGroup + local_invocation_index` and
 * returns when that is beyond `n`.
 */
export function linearWorkgroups(n: number, perGroup: number): Workgroups {
  const groups = Math.ceil(n / perGroup);
  if (groups <= MAX_WORKGROUPS) return [groups, 1, 1];
  const rows = Math.ceil(groups / MAX_WORKGROUPS);
  return [Math.ceil(groups / rows), rows, 1];
}
