// The tables of gathered.wgsl: pairs of offsets for rows, columns and terms, one after the other.
//
// Index i of a table stands for (i / (middle·inner), i / inner % middle, i % inner); each offset is a sum of these three
// numbers by their strides, plus a start. Terms come in blocks of term_block outer numbers (the last one smaller), within
// which the outer number runs fastest: so a convolution's terms run over four channels at each tap of its kernel. One
// invocation an index.
struct Sizes {
  rows: u32, columns: u32, terms: u32,
  row_middle: u32, row_inner: u32,
  row_u0: u32, row_u1: u32, row_u2: u32, row_u: u32, row_v0: u32, row_v1: u32, row_v2: u32, row_v: u32,
  column_middle: u32, column_inner: u32,
  column_u0: u32, column_u1: u32, column_u2: u32, column_u: u32, column_v0: u32, column_v1: u32, column_v2: u32, column_v: u32,
  term_middle: u32, term_inner: u32, term_block: u32,
  term_u0: u32, term_u1: u32, term_u2: u32, term_u: u32, term_v0: u32, term_v1: u32, term_v2: u32, term_v: u32,
}

@group(0) @binding(0) var<storage, read_write> offsets: array<vec2u>;
@group(0) @binding(1) var<uniform> sizes: Sizes;

fn digits(i: u32, middle: u32, inner: u32) -> vec3u {
  return vec3u(i / (middle * inner), i / inner % middle, i % inner);
}

fn term_digits(i: u32) -> vec3u {
  let area = sizes.term_middle * sizes.term_inner;
  let block = i / (sizes.term_block * area);
  let width = min(sizes.term_block, sizes.terms / area - block * sizes.term_block);
  let within = i - block * sizes.term_block * area;
  let tap = within / width;
  return vec3u(block * sizes.term_block + within % width, tap / sizes.term_inner, tap % sizes.term_inner);
}

fn place(at: vec3u, u: vec4u, v: vec4u) -> vec2u {
  return vec2u(at.x * u.x + at.y * u.y + at.z * u.z + u.w, at.x * v.x + at.y * v.y + at.z * v.z + v.w);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
  let columns = sizes.rows;
  let terms = columns + sizes.columns;
  if (i < columns) {
    offsets[i] = place(
      digits(i, sizes.row_middle, sizes.row_inner),
      vec4u(sizes.row_u0, sizes.row_u1, sizes.row_u2, sizes.row_u),
      vec4u(sizes.row_v0, sizes.row_v1, sizes.row_v2, sizes.row_v),
    );
  } else if (i < terms) {
    offsets[i] = place(
      digits(i - columns, sizes.column_middle, sizes.column_inner),
      vec4u(sizes.column_u0, sizes.column_u1, sizes.column_u2, sizes.column_u),
      vec4u(sizes.column_v0, sizes.column_v1, sizes.column_v2, sizes.column_v),
    );
  } else if (i < terms + sizes.terms) {
    offsets[i] = place(
      term_digits(i - terms),
      vec4u(sizes.term_u0, sizes.term_u1, sizes.term_u2, sizes.term_u),
      vec4u(sizes.term_v0, sizes.term_v1, sizes.term_v2, sizes.term_v),
    );
  }
}
