// Four rows for the packed product, four terms of each: four invocations fetch one each and share it. Needs the feature
// `subgroups`, and a workgroup of four that lies in one subgroup in order, as SwiftShader has it.
fn four_rows(at: u32, lane: u32) -> mat4x4f {
  let row = a[at + lane];
  return mat4x4f(
    subgroupBroadcast(row, 0u),
    subgroupBroadcast(row, 1u),
    subgroupBroadcast(row, 2u),
    subgroupBroadcast(row, 3u),
  );
}
