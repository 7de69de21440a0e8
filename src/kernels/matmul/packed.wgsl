// y[row + column] = bias + Σ_t a[row + t] · b[column + t], where row, column and t stand for offsets read from tables.
//
//   a, b     the factors, packed, from texels first_a and first_b on: of four numbers, texel i at (i % 1024, i / 1024)
//   bias     flat; element bias_row·i + bias_column·j + bias_group·group, read where has_bias is 1
//   offsets  rows, then columns, then terms (lattice.ts): for row i (texel of a, offset in y), for column j (texel of b,
//            offset in y), for term t (texel of a, texel of b)
//   y        flat, overwritten
//
// A texel holds four terms of one row or column; or, where ACROSS is 1, one term of four neighbouring rows or columns, which
// lie row_step or column_step apart in y, and the tables name each four once. Sums may be split: chunk c adds terms
// c·chunk_terms … and writes to its own part of y. Groups shift all three tensors. The texels zero_a and zero_b are zeros.
//
// Made for lavapipe, which runs on a CPU, eight invocations to a vector. It fetches from buffers lane by lane, with a test
// of the lane's mask and one of the bounds for each number: a vector costs as much as 20 multiply–adds, even where all
// lanes want the same number. From a texture it fetches the four numbers of a texel at once, without a branch, at a
// quarter of that; and a shuffle costs no more than an addition. So a workgroup is one vector, each lane brings one row
// and one column, and shuffles show every row to all lanes: 16 texels a lane bring what 1024 multiply–adds need. Sums
// lie in memory, 32 rows × 4 columns for each invocation, so eight terms are added at a time. Rows and columns
// beyond the last repeat the last: they compute and write the same values once more, which is cheaper than a test.
//
// Each sum is one accumulator over the terms ascending. The same sums, bit for bit, as gathered-four.wgsl.
//
// Reached on lavapipe (Mesa 25.0, AVX2, two cores): 62 % of the multiply–add peak with four terms a texel, 53 % across. In
// the 3×3 convolutions of ResNet-18 at 224², one picture, packing and stores included: 53 to 55 % of 72 GFLOP/s with 64 and
// 128 channels, 43 % with 256, 26 % with 512, where packing the weights costs half as much as the product; the weight
// gradients 47, 44, 49 and 32 %.
struct Sizes {
  rows: u32, columns: u32, terms: u32, chunk_terms: u32, groups: u32, chunks: u32,
  first_a: u32, first_b: u32, a_group: u32, b_group: u32, y_group: u32, y_chunk: u32, row_step: u32, column_step: u32, zero_a: u32, zero_b: u32,
  has_bias: u32, bias_row: u32, bias_column: u32, bias_group: u32,
}

@group(0) @binding(0) var a: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var b: texture_storage_2d<rgba32float, read>;
@group(0) @binding(2) var<storage, read> bias: array<Scalar>;
@group(0) @binding(3) var<storage, read> offsets: array<vec2u>;
@group(0) @binding(4) var<storage, read_write> y: array<Output>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

const LANES = 8u;
/** Entries of a table that a workgroup takes: 32 rows and columns. */
const PLACES = select(32u, LANES, ACROSS == 1);
/** Entries of the table of terms that a turn takes: eight terms. */
const TURN = select(2u, 8u, ACROSS == 1);

alias Block = mat4x4f; // 4 rows × 4 columns of y, or 4 rows or columns × 4 terms

fn chain(sum: f32, row: vec4f, column: vec4f) -> f32 {
  return fma(row.w, column.w, fma(row.z, column.z, fma(row.y, column.y, fma(row.x, column.x, sum))));
}

/** One row's sums with four columns, over the terms of w and x, then those of v and u. */
fn add_row(sums: vec4f, w: vec4f, v: vec4f, x: Block, u: Block) -> vec4f {
  return vec4f(
    chain(chain(sums.x, w, x[0]), v, u[0]),
    chain(chain(sums.y, w, x[1]), v, u[1]),
    chain(chain(sums.z, w, x[2]), v, u[2]),
    chain(chain(sums.w, w, x[3]), v, u[3]),
  );
}

/** The rows that `lane` and its three successors have brought. */
fn add(sums: Block, w: vec4f, v: vec4f, lane: u32, x: Block, u: Block) -> Block {
  return Block(
    add_row(sums[0], subgroupShuffle(w, lane), subgroupShuffle(v, lane), x, u),
    add_row(sums[1], subgroupShuffle(w, lane + 1u), subgroupShuffle(v, lane + 1u), x, u),
    add_row(sums[2], subgroupShuffle(w, lane + 2u), subgroupShuffle(v, lane + 2u), x, u),
    add_row(sums[3], subgroupShuffle(w, lane + 3u), subgroupShuffle(v, lane + 3u), x, u),
  );
}

fn texel_a(i: u32) -> vec4f { return textureLoad(a, vec2u(i % 1024u, i / 1024u)); }
fn texel_b(i: u32) -> vec4f { return textureLoad(b, vec2u(i % 1024u, i / 1024u)); }

/** Four texels: four places at one term, or one place at four terms; then as places × terms. */
fn arranged(texels: Block) -> Block {
  if (ACROSS == 1) { return transpose(texels); }
  return texels;
}

fn load_a(at: vec4u) -> Block { return arranged(Block(texel_a(at.x), texel_a(at.y), texel_a(at.z), texel_a(at.w))); }
fn load_b(at: vec4u) -> Block { return arranged(Block(texel_b(at.x), texel_b(at.y), texel_b(at.z), texel_b(at.w))); }

/** Each lane's entries, from `first` on, of the table that begins at `start`. */
fn places(start: u32, first: u32, count: u32, lane: u32) -> vec4u {
  let steps = select(vec4u(0u, 1u, 2u, 3u) * LANES, vec4u(), ACROSS == 1);
  return vec4u(start) + min(vec4u(first + lane) + steps, vec4u(count - 1u));
}

fn first_offsets(at: vec4u) -> vec4u { return vec4u(offsets[at.x].x, offsets[at.y].x, offsets[at.z].x, offsets[at.w].x); }
fn y_offsets(at: vec4u) -> vec4u { return vec4u(offsets[at.x].y, offsets[at.y].y, offsets[at.z].y, offsets[at.w].y); }

/** Offsets of the turn's first or last four terms: one texel's, or four, from what the lanes have fetched. */
fn term_offsets(fetched: u32, half: u32) -> vec4u {
  if (ACROSS == 0) { return vec4u(subgroupShuffle(fetched, half)); }
  let lane = 4u * half;
  return vec4u(
    subgroupShuffle(fetched, lane),
    subgroupShuffle(fetched, lane + 1u),
    subgroupShuffle(fetched, lane + 2u),
    subgroupShuffle(fetched, lane + 3u),
  );
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let tiles_n = (sizes.columns + PLACES - 1u) / PLACES;
  let tiles_m = (sizes.rows + PLACES - 1u) / PLACES;
  let tile = workgroup.y * workgroups.x + workgroup.x;
  if (tile >= tiles_n * tiles_m * sizes.groups * sizes.chunks) { return; }
  let first_column = tile % tiles_n * PLACES;
  let first_row = tile / tiles_n % tiles_m * PLACES;
  let group = tile / (tiles_n * tiles_m) % sizes.groups;
  let chunk = tile / (tiles_n * tiles_m * sizes.groups);

  let columns = places(sizes.rows, first_column, sizes.columns, lane);
  let rows = first_offsets(places(0u, first_row, sizes.rows, lane)) + sizes.first_a + group * sizes.a_group;
  let column_starts = first_offsets(columns) + sizes.first_b + group * sizes.b_group;

  var s0 = Block(); var s1 = Block(); var s2 = Block(); var s3 = Block();
  var s4 = Block(); var s5 = Block(); var s6 = Block(); var s7 = Block();

  let terms = sizes.rows + sizes.columns;
  let end = min((chunk + 1u) * sizes.chunk_terms, sizes.terms);
  for (var t = chunk * sizes.chunk_terms; t < end; t += TURN) {
    let turn = offsets[terms + min(t + lane, end - 1u)];
    // Terms beyond the end are zeros.
    let early = vec4u(t) + select(vec4u(), vec4u(0u, 1u, 2u, 3u), ACROSS == 1) < vec4u(end);
    let late = vec4u(t) + select(vec4u(1u), vec4u(4u, 5u, 6u, 7u), ACROSS == 1) < vec4u(end);
    let w = load_a(select(vec4u(sizes.zero_a), rows + term_offsets(turn.x, 0u), early));
    let v = load_a(select(vec4u(sizes.zero_a), rows + term_offsets(turn.x, 1u), late));
    let x = load_b(select(vec4u(sizes.zero_b), column_starts + term_offsets(turn.y, 0u), early));
    let u = load_b(select(vec4u(sizes.zero_b), column_starts + term_offsets(turn.y, 1u), late));
    s0 = add(s0, w[0], v[0], 0u, x, u);
    s1 = add(s1, w[0], v[0], 4u, x, u);
    s2 = add(s2, w[1], v[1], 0u, x, u);
    s3 = add(s3, w[1], v[1], 4u, x, u);
    s4 = add(s4, w[2], v[2], 0u, x, u);
    s5 = add(s5, w[2], v[2], 4u, x, u);
    s6 = add(s6, w[3], v[3], 0u, x, u);
    s7 = add(s7, w[3], v[3], 4u, x, u);
  }

  var sums = array<vec4f, 32>(
    s0[0], s0[1], s0[2], s0[3], s1[0], s1[1], s1[2], s1[3], s2[0], s2[1], s2[2], s2[3], s3[0], s3[1], s3[2], s3[3],
    s4[0], s4[1], s4[2], s4[3], s5[0], s5[1], s5[2], s5[3], s6[0], s6[1], s6[2], s6[3], s7[0], s7[1], s7[2], s7[3],
  );
  let across = vec4u(0u, 1u, 2u, 3u) * sizes.column_step;
  let shift = group * sizes.y_group + chunk * sizes.y_chunk;
  let y_columns = y_offsets(columns) + select(vec4u(), across, ACROSS == 1) + shift;
  for (var i = 0u; i < 32u; i++) {
    let place = first_row + i % PLACES;
    if (place >= sizes.rows) { continue; }
    let at = y_columns + offsets[place].y + i / PLACES * sizes.row_step;
    var values = sums[i];
    if (sizes.has_bias != 0u) {
      let j = vec4u(sizes.bias_row * place + sizes.bias_group * group) + sizes.bias_column * (columns - sizes.rows);
      values += vec4f(vec4<Scalar>(bias[j.x], bias[j.y], bias[j.z], bias[j.w]));
    }
    y[at.x] = Output(values.x);
    y[at.y] = Output(values.y);
    y[at.z] = Output(values.z);
    y[at.w] = Output(values.w);
  }
}
