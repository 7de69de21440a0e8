// packed[group,t,place] = four terms, 4·t …, of a row or column of a product: the sums of offsets that the tables hold lead
// to them in x. Each chunk of the sum begins with a texel of its own; terms beyond a chunk's end, or the sum's, are zeros.
//
//   x        flat, shifted by x_group for each group
//   offsets  the product's tables (lattice.ts), of which places begin at first; SIDE says which factor's offsets count
//   packed   [groups, chunks · quads, places] texels, then one of zeros
//
// A workgroup packs a chunk of eight places, one invocation a place: it counts terms, because a division costs lavapipe as
// much as a hundred additions. For any product; pictures and weights of a convolution have ways of their own without tables.
struct Sizes {
  places: u32, first: u32, table: u32, terms: u32, chunk_terms: u32, quads: u32, chunks: u32, groups: u32, x_group: u32,
}

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var<storage, read> offsets: array<vec2u>;
@group(0) @binding(2) var<storage, read_write> packed: array<vec4f>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

fn value(start: u32, term: u32, end: u32) -> f32 {
  if (term >= end) { return 0.0; }
  return f32(x[start + offsets[sizes.table + term][SIDE]]);
}

@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let strips = (sizes.places + 7u) / 8u;
  let strip = workgroup.y * workgroups.x + workgroup.x;
  let row = strip / strips;
  let place = (strip - row * strips) * 8u + lane;
  let group = row / sizes.chunks;
  let chunk = row - group * sizes.chunks;
  if (group == sizes.groups && place == 0u) {
    let end = sizes.groups * sizes.chunks * sizes.quads * sizes.places;
    packed[end] = vec4f();
  }
  if (group >= sizes.groups || place >= sizes.places) { return; }
  let start = offsets[sizes.first + place].x + group * sizes.x_group;
  let first = chunk * sizes.chunk_terms;
  let end = min(first + sizes.chunk_terms, sizes.terms);
  var i = row * sizes.quads * sizes.places + place;
  for (var quad = 0u; quad < sizes.quads; quad++) {
    let term = first + 4u * quad;
    let texel = vec4f(
      value(start, term, end),
      value(start, term + 1u, end),
      value(start, term + 2u, end),
      value(start, term + 3u, end),
    );
    packed[i] = texel;
    i += sizes.places;
  }
}
