// y[row + column] = bias + Σ_t a[row + t] · b[column + t], where row, column and t stand for offsets read from tables.
//
//   a, b     the factors, flat
//   bias     flat; element bias_row·i + bias_column·j + bias_group·group, read where has_bias is 1
//   offsets  rows, then columns, then terms (offsets.wgsl): for row i (offset in a, offset in y), for column j (offset in
//            b, offset in y), for term t (offset in a, offset in b)
//   y        flat, overwritten
//
// Any product of matrices, and the three products of a convolution: what differs is in the tables alone. Sums may be
// split: chunk c adds terms c·chunk_terms … and writes to its own part of y. Groups shift all three tensors.
//
// Made for lavapipe, which runs on a CPU, eight invocations to a vector. A load costs it as much as 60 multiply–adds,
// because each lane is fetched by itself, and a barrier as much as 200. So: no workgroup memory, no test in the loop, and
// a block of 32 rows × 16 columns in each invocation, which takes 32 + 16 values for 512 multiply–adds. The rows are the
// same for all invocations of a workgroup; where there are subgroups four of them fetch a quarter each (rows-quad.wgsl,
// else rows-plain.wgsl). Rows and columns beyond the last repeat the last: they compute and write the same values once
// more, which is cheaper than a test.
//
// Each sum is one accumulator over t ascending, two terms a turn of the loop.
//
// Reached: 30 to 39 % of the multiply–add peak on lavapipe (Mesa 25.0; 15 to 20 GFLOP/s of 52 with two busy cores) in the
// 3×3 convolutions of ResNet-18.
struct Sizes {
  rows: u32, columns: u32, terms: u32, chunk_terms: u32, groups: u32, chunks: u32,
  a_group: u32, b_group: u32, y_group: u32, y_chunk: u32,
  has_bias: u32, bias_row: u32, bias_column: u32, bias_group: u32,
}

@group(0) @binding(0) var<storage, read> a: array<Scalar>;
@group(0) @binding(1) var<storage, read> b: array<Scalar>;
@group(0) @binding(2) var<storage, read> bias: array<Scalar>;
@group(0) @binding(3) var<storage, read> offsets: array<vec2u>;
@group(0) @binding(4) var<storage, read_write> y: array<Output>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

const ROWS = 32u;
const COLUMNS = 16u * LANES;

alias Vector = vec4f;
alias Block = mat4x4f; // 4 rows × 4 columns of y

/** block + rows · columnsᵀ */
fn add(block: Block, rows: Vector, columns: Vector) -> Block {
  return Block(
    fma(Vector(rows.x), columns, block[0]),
    fma(Vector(rows.y), columns, block[1]),
    fma(Vector(rows.z), columns, block[2]),
    fma(Vector(rows.w), columns, block[3]),
  );
}

fn load(at: vec4u) -> Vector { return Vector(vec4<Scalar>(b[at.x], b[at.y], b[at.z], b[at.w])); }

fn b_offsets(columns: vec4u) -> vec4u {
  return vec4u(offsets[columns.x].x, offsets[columns.y].x, offsets[columns.z].x, offsets[columns.w].x);
}

fn y_offsets(columns: vec4u) -> vec4u {
  return vec4u(offsets[columns.x].y, offsets[columns.y].y, offsets[columns.z].y, offsets[columns.w].y);
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let tiles_n = (sizes.columns + COLUMNS - 1u) / COLUMNS;
  let tiles_m = (sizes.rows + ROWS - 1u) / ROWS;
  let tile = workgroup.y * workgroups.x + workgroup.x;
  if (tile >= tiles_n * tiles_m * sizes.groups * sizes.chunks) { return; }
  let first_column = tile % tiles_n * COLUMNS + lane;
  let first_row = tile / tiles_n % tiles_m * ROWS;
  let group = tile / (tiles_n * tiles_m) % sizes.groups;
  let chunk = tile / (tiles_n * tiles_m * sizes.groups);

  // Lanes lie side by side, so that what they fetch does too.
  let steps = vec4u(0u, 1u, 2u, 3u) * LANES;
  let last_column = vec4u(sizes.columns - 1u);
  let column0 = vec4u(sizes.rows) + min(vec4u(first_column) + steps, last_column);
  let column1 = vec4u(sizes.rows) + min(vec4u(first_column + 4u * LANES) + steps, last_column);
  let column2 = vec4u(sizes.rows) + min(vec4u(first_column + 8u * LANES) + steps, last_column);
  let column3 = vec4u(sizes.rows) + min(vec4u(first_column + 12u * LANES) + steps, last_column);
  let shift_b = vec4u(group * sizes.b_group);
  let b0 = b_offsets(column0) + shift_b;
  let b1 = b_offsets(column1) + shift_b;
  let b2 = b_offsets(column2) + shift_b;
  let b3 = b_offsets(column3) + shift_b;
  let shift_a = group * sizes.a_group;
  let a0 = rows_at(first_row, lane, sizes.rows - 1u, shift_a);
  let a1 = rows_at(first_row + 4u, lane, sizes.rows - 1u, shift_a);
  let a2 = rows_at(first_row + 8u, lane, sizes.rows - 1u, shift_a);
  let a3 = rows_at(first_row + 12u, lane, sizes.rows - 1u, shift_a);
  let a4 = rows_at(first_row + 16u, lane, sizes.rows - 1u, shift_a);
  let a5 = rows_at(first_row + 20u, lane, sizes.rows - 1u, shift_a);
  let a6 = rows_at(first_row + 24u, lane, sizes.rows - 1u, shift_a);
  let a7 = rows_at(first_row + 28u, lane, sizes.rows - 1u, shift_a);

  var s00 = Block(); var s01 = Block(); var s02 = Block(); var s03 = Block();
  var s10 = Block(); var s11 = Block(); var s12 = Block(); var s13 = Block();
  var s20 = Block(); var s21 = Block(); var s22 = Block(); var s23 = Block();
  var s30 = Block(); var s31 = Block(); var s32 = Block(); var s33 = Block();
  var s40 = Block(); var s41 = Block(); var s42 = Block(); var s43 = Block();
  var s50 = Block(); var s51 = Block(); var s52 = Block(); var s53 = Block();
  var s60 = Block(); var s61 = Block(); var s62 = Block(); var s63 = Block();
  var s70 = Block(); var s71 = Block(); var s72 = Block(); var s73 = Block();

  let terms = sizes.rows + sizes.columns;
  let end = min((chunk + 1u) * sizes.chunk_terms, sizes.terms);
  for (var t = chunk * sizes.chunk_terms; t < end; t += 2u) {
    let one = offsets[terms + t];
    let x0 = load(b0 + one.y);
    let x1 = load(b1 + one.y);
    let x2 = load(b2 + one.y);
    let x3 = load(b3 + one.y);
    let w0 = fetch_rows(a0, one.x, true);
    let w1 = fetch_rows(a1, one.x, true);
    let w2 = fetch_rows(a2, one.x, true);
    let w3 = fetch_rows(a3, one.x, true);
    let w4 = fetch_rows(a4, one.x, true);
    let w5 = fetch_rows(a5, one.x, true);
    let w6 = fetch_rows(a6, one.x, true);
    let w7 = fetch_rows(a7, one.x, true);
    // The second term; where the sum ends after the first, its products are made zero.
    let inside = t + 1u < end;
    let two = offsets[terms + select(t, t + 1u, inside)];
    let u0 = select(Vector(), load(b0 + two.y), inside);
    let u1 = select(Vector(), load(b1 + two.y), inside);
    let u2 = select(Vector(), load(b2 + two.y), inside);
    let u3 = select(Vector(), load(b3 + two.y), inside);
    let v0 = fetch_rows(a0, two.x, inside);
    let v1 = fetch_rows(a1, two.x, inside);
    let v2 = fetch_rows(a2, two.x, inside);
    let v3 = fetch_rows(a3, two.x, inside);
    let v4 = fetch_rows(a4, two.x, inside);
    let v5 = fetch_rows(a5, two.x, inside);
    let v6 = fetch_rows(a6, two.x, inside);
    let v7 = fetch_rows(a7, two.x, inside);

    s00 = add(add(s00, w0, x0), v0, u0);
    s01 = add(add(s01, w0, x1), v0, u1);
    s02 = add(add(s02, w0, x2), v0, u2);
    s03 = add(add(s03, w0, x3), v0, u3);
    s10 = add(add(s10, w1, x0), v1, u0);
    s11 = add(add(s11, w1, x1), v1, u1);
    s12 = add(add(s12, w1, x2), v1, u2);
    s13 = add(add(s13, w1, x3), v1, u3);
    s20 = add(add(s20, w2, x0), v2, u0);
    s21 = add(add(s21, w2, x1), v2, u1);
    s22 = add(add(s22, w2, x2), v2, u2);
    s23 = add(add(s23, w2, x3), v2, u3);
    s30 = add(add(s30, w3, x0), v3, u0);
    s31 = add(add(s31, w3, x1), v3, u1);
    s32 = add(add(s32, w3, x2), v3, u2);
    s33 = add(add(s33, w3, x3), v3, u3);
    s40 = add(add(s40, w4, x0), v4, u0);
    s41 = add(add(s41, w4, x1), v4, u1);
    s42 = add(add(s42, w4, x2), v4, u2);
    s43 = add(add(s43, w4, x3), v4, u3);
    s50 = add(add(s50, w5, x0), v5, u0);
    s51 = add(add(s51, w5, x1), v5, u1);
    s52 = add(add(s52, w5, x2), v5, u2);
    s53 = add(add(s53, w5, x3), v5, u3);
    s60 = add(add(s60, w6, x0), v6, u0);
    s61 = add(add(s61, w6, x1), v6, u1);
    s62 = add(add(s62, w6, x2), v6, u2);
    s63 = add(add(s63, w6, x3), v6, u3);
    s70 = add(add(s70, w7, x0), v7, u0);
    s71 = add(add(s71, w7, x1), v7, u1);
    s72 = add(add(s72, w7, x2), v7, u2);
    s73 = add(add(s73, w7, x3), v7, u3);
  }

  var sums = array<array<Block, 4>, 8>(
    array<Block, 4>(s00, s01, s02, s03), array<Block, 4>(s10, s11, s12, s13),
    array<Block, 4>(s20, s21, s22, s23), array<Block, 4>(s30, s31, s32, s33),
    array<Block, 4>(s40, s41, s42, s43), array<Block, 4>(s50, s51, s52, s53),
    array<Block, 4>(s60, s61, s62, s63), array<Block, 4>(s70, s71, s72, s73),
  );
  let shift_y = vec4u(group * sizes.y_group + chunk * sizes.y_chunk);
  let y0 = y_offsets(column0) + shift_y;
  let y1 = y_offsets(column1) + shift_y;
  let y2 = y_offsets(column2) + shift_y;
  let y3 = y_offsets(column3) + shift_y;
  for (var row = 0u; row < min(ROWS, sizes.rows - first_row); row++) {
    let at = offsets[first_row + row].y;
    store(y0 + at, sums[row / 4u][0][row % 4u], first_row + row, column0, group);
    store(y1 + at, sums[row / 4u][1][row % 4u], first_row + row, column1, group);
    store(y2 + at, sums[row / 4u][2][row % 4u], first_row + row, column2, group);
    store(y3 + at, sums[row / 4u][3][row % 4u], first_row + row, column3, group);
  }
}

fn store(at: vec4u, sums: Vector, row: u32, columns: vec4u, group: u32) {
  var values = sums;
  if (sizes.has_bias != 0u) {
    let i = vec4u(sizes.bias_row * row + sizes.bias_group * group) + sizes.bias_column * (columns - sizes.rows);
    values += Vector(vec4<Scalar>(bias[i.x], bias[i.y], bias[i.z], bias[i.w]));
  }
  y[at.x] = Output(values.x);
  y[at.y] = Output(values.y);
  y[at.z] = Output(values.z);
  y[at.w] = Output(values.w);
}
