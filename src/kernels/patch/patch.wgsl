// y[i] = a patch of half the side cut from x[i], enlarged, pasted into an empty picture, which is then turned.
//
//   x, y     [n, side, side]
//   patches  [n, 2] vec4s: (row, column of the patch, enlarged side, 0), (row, column where it is pasted, cos, sin)
//
//   P[r, c] = x[i, row + ⌊(r − pasted row) · half / enlarged⌋, …] inside the pasted square, else 0    (nearest)
//   y[r, c] = P(R · ((r, c) − centre) + centre), bilinear, 0 outside; R = [cos, sin; −sin, cos]
//
// which is torch's interpolate (nearest) and scipy.ndimage.rotate with order 1 and mode grid-constant. Without a turn no
// value is interpolated. One invocation a pixel; bound by memory traffic.
struct Sizes { n: u32, side: u32 }

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read> patches: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<Scalar>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

// P of picture `picture` at a row and a column, which may lie outside.
fn pasted(picture: u32, place: vec2i) -> f32 {
  let cut = patches[2u * picture];
  let inner = place - vec2i(patches[2u * picture + 1u].xy);
  let enlarged = i32(cut.z);
  if (any(inner < vec2i(0)) || any(inner >= vec2i(enlarged))) { return 0.0; }
  let source = vec2u(cut.xy) + vec2u(inner) * (sizes.side / 2u) / u32(enlarged);
  return f32(x[(picture * sizes.side + source.x) * sizes.side + source.y]);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + local;
  let side = sizes.side;
  if (i >= sizes.n * side * side) { return; }
  let picture = i / (side * side);
  let row = i / side - picture * side;
  let centre = 0.5 * f32(side - 1u);
  let away = vec2f(vec2u(row, i % side)) - centre;
  let turn = patches[2u * picture + 1u].zw;
  let place = vec2f(turn.x * away.x + turn.y * away.y, turn.x * away.y - turn.y * away.x) + centre;
  let low = floor(place);
  let f = place - low;
  let at = vec2i(low);
  let upper = pasted(picture, at) * (1.0 - f.y) + pasted(picture, at + vec2i(0, 1)) * f.y;
  let lower = pasted(picture, at + vec2i(1, 0)) * (1.0 - f.y) + pasted(picture, at + vec2i(1, 1)) * f.y;
  y[i] = Scalar(upper * (1.0 - f.x) + lower * f.x);
}
