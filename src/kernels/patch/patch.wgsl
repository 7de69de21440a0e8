// y[i] = a patch of half the side cut from x[i], enlarged, pasted into an empty picture, which is then turned.
//
//   x, y     [n, side, side]
//   patches  [n, 2] vec4s: (row, column of the patch, enlarged side, 0), (row, column where it is pasted, cos, sin)
//
//   P[r, c] = x[i, row + ⌊(r − pasted row) · half / enlarged⌋, …] inside the pasted square, else 0    (nearest)
//   y[r, c] = P(R · ((r, c) − centre) + centre), bilinear, 0 outside; R = [cos, sin; −sin, cos]
//
// which is torch's interpolate (nearest) and scipy.ndimage.rotate with order 1 and mode grid-constant. Without a turn no
// value is interpolated. One workgroup a line, so that each invocation reads the patch's place once for its pixels.
// On lavapipe it takes 0.2 % of a training step of ResNet-18 (112 × 112, batch 8).
struct Sizes { n: u32, side: u32 }

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read> patches: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<Scalar>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

// A picture's patch: where the picture begins in x, the patch in the picture, and where it goes.
struct Cutting { picture: u32, corner: vec2u, enlarged: i32, to: vec2i }

// P at a row and a column, which may lie outside.
fn pasted(cutting: Cutting, place: vec2i) -> f32 {
  let inner = place - cutting.to;
  if (any(inner < vec2i(0)) || any(inner >= vec2i(cutting.enlarged))) { return 0.0; }
  let source = cutting.corner + vec2u(inner) * (sizes.side / 2u) / u32(cutting.enlarged);
  return f32(x[cutting.picture + source.x * sizes.side + source.y]);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let line = group.y * groups.x + group.x;
  let side = sizes.side;
  if (line >= sizes.n * side) { return; }
  let picture = line / side;
  let cut = patches[2u * picture];
  let turned = patches[2u * picture + 1u];
  let cutting = Cutting(picture * side * side, vec2u(cut.xy), i32(cut.z), vec2i(turned.xy));
  let centre = 0.5 * f32(side - 1u);
  for (var column = local; column < side; column += 64u) {
    let away = vec2f(vec2u(line - picture * side, column)) - centre;
    let place = vec2f(turned.z * away.x + turned.w * away.y, turned.z * away.y - turned.w * away.x) + centre;
    let low = floor(place);
    let f = place - low;
    let at = vec2i(low);
    let upper = pasted(cutting, at) * (1.0 - f.y) + pasted(cutting, at + vec2i(0, 1)) * f.y;
    let lower = pasted(cutting, at + vec2i(1, 0)) * (1.0 - f.y) + pasted(cutting, at + vec2i(1, 1)) * f.y;
    y[line * side + column] = Scalar(upper * (1.0 - f.x) + lower * f.x);
  }
}
