// draw = state, then state's pass += 1.
//
//   state  [3]  key (two words) and number of the next pass
//   draw   [3]  the same for this pass: what the masks of its way there and back are drawn from
//
// The pass is counted on the device, so that a step that was recorded draws anew in every replay. One invocation.
@group(0) @binding(0) var<storage, read_write> state: array<u32>;
@group(0) @binding(1) var<storage, read_write> draw: array<u32>;

@compute @workgroup_size(1)
fn main() {
  for (var i = 0; i < 3; i++) { draw[i] = state[i]; }
  state[2]++;
}
