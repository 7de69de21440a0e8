// What a step needs to know, at the head of the optimiser's scalars: whether to skip it, and the numbers of the step that it
// is when those skipped before are not counted.
//
//   state            skipped: steps skipped so far; overflow: whether this one is to be
//   table    [rows, numbers]  numbers of the step counted with all, with all but one, with all but two …
//   scalars  [3 + numbers]    [2] receives the skip flag, [3 + …] a row of the table
//
// One invocation a number.
struct Sizes { rows: u32, numbers: u32 }
struct State { inverse: f32, streak: u32, skipped: u32, overflow: u32 }

@group(0) @binding(0) var<storage, read> state: State;
@group(0) @binding(1) var<storage, read> table: array<f32>;
@group(0) @binding(2) var<storage, read_write> scalars: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= sizes.numbers) { return; }
  let row = min(state.skipped, sizes.rows - 1u);
  scalars[3u + id.x] = table[row * sizes.numbers + id.x];
  if (id.x == 0u) { scalars[2] = f32(state.overflow); }
}
