// Up to two pictures and one set of weights, packed four channels to a texel for the products that take them.
//
//   a, b    [planes, 4, x_height, x_width]: channels in fours
//   weight  element (group,m,c,t) at group·group_step + m·output_step + c·channel_step + t, t counting the kernel's taps
//   packed  of a, from texel a_first on: [plane,h,w] = a[plane, 0 … 3, h·step_h − before_h, w·step_w − before_w] where that
//           lies inside, else zeros; the same of b; of weight: [group,q,t,m] = weight[group, m, 4·q …, t]. A texel of zeros
//           behind each.
//
// Of a picture, eight invocations pack a strip of eight columns, one a column; of weights, an invocation packs all taps of an
// output and four channels. Both count on, because a division costs lavapipe as much as a hundred additions. A workgroup
// works on one of the three: the first a_groups on a, the next b_groups on b. Costs a fiftieth of a 3×3 convolution with 64
// outputs, at 88 % of a copy's rate on lavapipe; each of the three in a dispatch of its own would cost the host more than the
// device.
struct Sizes {
  a_groups: u32, a_first: u32, a_planes: u32, a_x_height: u32, a_x_width: u32, a_height: u32, a_width: u32,
  a_step_h: u32, a_step_w: u32, a_before_h: u32, a_before_w: u32,
  b_groups: u32, b_first: u32, b_planes: u32, b_x_height: u32, b_x_width: u32, b_height: u32, b_width: u32,
  b_step_h: u32, b_step_w: u32, b_before_h: u32, b_before_w: u32,
  w_first: u32, w_groups: u32, w_quads: u32, w_outputs: u32, w_taps: u32,
  w_group_step: u32, w_output_step: u32, w_channel_step: u32,
}

@group(0) @binding(0) var<storage, read> a: array<Scalar>;
@group(0) @binding(1) var<storage, read> b: array<Scalar>;
@group(0) @binding(2) var<storage, read> weight: array<Scalar>;
@group(0) @binding(3) var<storage, read_write> packed: array<vec4f>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

/** A column of a plane: its number, the texel of its first row, where the plane begins in x, and whether it is there. */
struct Column { number: u32, texel: u32, plane: u32, present: bool }

fn column_of(strip: u32, lane: u32, begin: u32, planes: u32, height: u32, width: u32, area: u32) -> Column {
  let strips = (width + 7u) / 8u;
  let plane = strip / strips;
  let column = (strip - plane * strips) * 8u + lane;
  if (plane == planes && column == 0u) { packed[begin + planes * height * width] = vec4f(); }
  let present = plane < planes && column < width;
  return Column(column, begin + plane * height * width + column, 4u * plane * area, present);
}

fn pack_a(strip: u32, lane: u32) {
  let area = sizes.a_x_height * sizes.a_x_width;
  let column = column_of(strip, lane, sizes.a_first, sizes.a_planes, sizes.a_height, sizes.a_width, area);
  if (!column.present) { return; }
  // Unsigned numbers wrap, so what lies before the picture is beyond its end.
  let w = column.number * sizes.a_step_w - sizes.a_before_w;
  var i = column.texel;
  for (var row = 0u; row < sizes.a_height; row++) {
    let h = row * sizes.a_step_h - sizes.a_before_h;
    var texel = vec4f();
    if (h < sizes.a_x_height && w < sizes.a_x_width) {
      let at = column.plane + w + h * sizes.a_x_width;
      texel = vec4f(vec4<Scalar>(a[at], a[at + area], a[at + 2u * area], a[at + 3u * area]));
    }
    packed[i] = texel;
    i += sizes.a_width;
  }
}

fn pack_b(strip: u32, lane: u32) {
  let area = sizes.b_x_height * sizes.b_x_width;
  let column = column_of(strip, lane, sizes.b_first, sizes.b_planes, sizes.b_height, sizes.b_width, area);
  if (!column.present) { return; }
  let w = column.number * sizes.b_step_w - sizes.b_before_w;
  var i = column.texel;
  for (var row = 0u; row < sizes.b_height; row++) {
    let h = row * sizes.b_step_h - sizes.b_before_h;
    var texel = vec4f();
    if (h < sizes.b_x_height && w < sizes.b_x_width) {
      let at = column.plane + w + h * sizes.b_x_width;
      texel = vec4f(vec4<Scalar>(b[at], b[at + area], b[at + 2u * area], b[at + 3u * area]));
    }
    packed[i] = texel;
    i += sizes.b_width;
  }
}

fn pack_weight(strips: u32, local: u32) {
  let across = (sizes.w_outputs + 63u) / 64u;
  let all = strips / across; // group and quad
  let output = (strips - all * across) * 64u + local;
  if (all >= sizes.w_groups * sizes.w_quads || output >= sizes.w_outputs) { return; }
  let group = all / sizes.w_quads;
  let c = sizes.w_channel_step;
  let first = group * sizes.w_group_step + output * sizes.w_output_step + (all - group * sizes.w_quads) * 4u * c;
  var i = sizes.w_first + all * sizes.w_taps * sizes.w_outputs + output;
  for (var at = first; at < first + sizes.w_taps; at++) {
    let texel = vec4<Scalar>(weight[at], weight[at + c], weight[at + 2u * c], weight[at + 3u * c]);
    packed[i] = vec4f(texel);
    i += sizes.w_outputs;
  }
  // Only the last output of the last quad has come to the end.
  let end = sizes.w_first + sizes.w_groups * sizes.w_quads * sizes.w_taps * sizes.w_outputs;
  if (i == end + sizes.w_outputs - 1u) { packed[end] = vec4f(); }
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = workgroup.y * workgroups.x + workgroup.x;
  let after_a = index - sizes.a_groups;
  if (index < sizes.a_groups) {
    pack_a(index * 8u + local / 8u, local % 8u);
  } else if (after_a < sizes.b_groups) {
    pack_b(after_a * 8u + local / 8u, local % 8u);
  } else {
    pack_weight(after_a - sizes.b_groups, local);
  }
}
