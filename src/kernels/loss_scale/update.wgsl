// The scale of the next step: smaller after an overflow, larger after `interval` steps without one.
//
//   scale  [1]
//   state  inverse = 1 / scale; streak of steps without overflow; skipped steps; overflow, cleared for the next step
//
// `growth` and `backoff` and their inverses are powers of two as a rule, so that both numbers stay exact. The scale does not
// grow to infinity, which is told by its bits. One invocation.
struct Sizes { growth: f32, inverse_growth: f32, backoff: f32, inverse_backoff: f32, interval: u32 }
struct State { inverse: f32, streak: u32, skipped: u32, overflow: u32 }

@group(0) @binding(0) var<storage, read_write> scale: array<f32>;
@group(0) @binding(1) var<storage, read_write> state: State;
@group(0) @binding(2) var<uniform> sizes: Sizes;

fn change(factor: f32, inverse: f32) {
  let changed = scale[0] * factor;
  if ((bitcast<u32>(changed) & 0x7f800000u) == 0x7f800000u) { return; }
  scale[0] = changed;
  state.inverse *= inverse;
}

@compute @workgroup_size(1)
fn main() {
  if (state.overflow != 0u) {
    change(sizes.backoff, sizes.inverse_backoff);
    state.skipped++;
    state.streak = 0u;
  } else {
    state.streak++;
    if (state.streak == sizes.interval) {
      change(sizes.growth, sizes.inverse_growth);
      state.streak = 0u;
    }
  }
  state.overflow = 0u;
}
