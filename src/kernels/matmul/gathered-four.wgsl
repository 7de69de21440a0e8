// y[row + column] = bias + Σ_t a[row + t] · b[column + t], where row, column and t stand for offsets read from tables.
//
//   a, b     the factors, flat
//   bias     flat; element bias_row·i + bias_column·j + bias_group·group, read where has_bias is 1
//   offsets  rows, then columns, then terms (lattice.ts): for row i (offset in a, offset in y), for column j (offset in
//            b, offset in y), for term t (offset in a, offset in b)
//   y        flat, overwritten
//
// Any product of matrices, and the three products of a convolution: what differs is in the tables alone. Sums may be
// split: chunk c adds terms c·chunk_terms … and writes to its own part of y. Groups shift all three tensors.
//
// Made for SwiftShader, which runs on a CPU, four invocations to a vector, and compiles line by line: a load costs as much
// as 15 multiply–adds, a barrier as much as 400, and every store to a variable is a blend with its old value. So: no
// workgroup memory, no test in the loop, and a block of 32 rows × 16 columns in each invocation, which takes 32 + 16
// values for 512 multiply–adds, four terms a turn of the loop, so that a sum is stored once for four additions. A sum's
// four additions stand one after the other, so that it stays in a register meanwhile. The rows are the same for all
// invocations of a workgroup; where there are subgroups four of them fetch a quarter each (rows-quad.wgsl, else
// rows-plain.wgsl). Rows and columns beyond the last repeat the last: they compute and write the same values once more,
// which is cheaper than a test.
//
// Each sum is one accumulator over t ascending. The same sums, bit for bit, as packed.wgsl, which suits lavapipe.
//
// Reached: 40 to 50 % of the multiply–add peak on SwiftShader (5 to 6.5 GFLOP/s of 12.5 with two busy cores) in the 3×3
// convolutions of ResNet-18.
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
alias Block = mat4x4f; // 4 rows × 4 columns of y, or 4 rows or columns × 4 terms

fn chain(sum: f32, row: Vector, column: Vector) -> f32 {
  return fma(row.w, column.w, fma(row.z, column.z, fma(row.y, column.y, fma(row.x, column.x, sum))));
}

fn add_row(sums: Vector, row: Vector, columns: Block) -> Vector {
  return Vector(
    chain(sums.x, row, columns[0]),
    chain(sums.y, row, columns[1]),
    chain(sums.z, row, columns[2]),
    chain(sums.w, row, columns[3]),
  );
}

/** sums + the products of rows and columns over four terms */
fn add(sums: Block, rows: Block, columns: Block) -> Block {
  return Block(
    add_row(sums[0], rows[0], columns),
    add_row(sums[1], rows[1], columns),
    add_row(sums[2], rows[2], columns),
    add_row(sums[3], rows[3], columns),
  );
}

/** Four terms of a turn: their offsets in a and b, and whether the sum goes so far. */
struct Terms { a: vec4u, b: vec4u, inside: vec4<bool> }

/** Beyond the sum's end the values are zero, whatever was loaded. */
fn load_column(at: u32, terms: Terms) -> Vector {
  let values = Vector(vec4<Scalar>(b[at + terms.b.x], b[at + terms.b.y], b[at + terms.b.z], b[at + terms.b.w]));
  return select(Vector(), values, terms.inside);
}

fn load_columns(at: vec4u, terms: Terms) -> Block {
  return Block(
    load_column(at.x, terms),
    load_column(at.y, terms),
    load_column(at.z, terms),
    load_column(at.w, terms),
  );
}

fn load_rows(at: RowOffsets, terms: Terms) -> Block {
  return transpose(Block(
    fetch_rows(at, terms.a.x, terms.inside.x),
    fetch_rows(at, terms.a.y, terms.inside.y),
    fetch_rows(at, terms.a.z, terms.inside.z),
    fetch_rows(at, terms.a.w, terms.inside.w),
  ));
}

fn load_terms(first: u32, t: u32, end: u32) -> Terms {
  let each = vec4u(t) + vec4u(0u, 1u, 2u, 3u);
  let at = first + min(each, vec4u(end - 1u));
  let one = offsets[at.x];
  let two = offsets[at.y];
  let three = offsets[at.z];
  let four = offsets[at.w];
  return Terms(
    vec4u(one.x, two.x, three.x, four.x),
    vec4u(one.y, two.y, three.y, four.y),
    each < vec4u(end),
  );
}

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
  for (var t = chunk * sizes.chunk_terms; t < end; t += 4u) {
    let turn = load_terms(terms, t, end);
    let x0 = load_columns(b0, turn);
    let x1 = load_columns(b1, turn);
    let x2 = load_columns(b2, turn);
    let x3 = load_columns(b3, turn);
    let w0 = load_rows(a0, turn);
    let w1 = load_rows(a1, turn);
    let w2 = load_rows(a2, turn);
    let w3 = load_rows(a3, turn);
    let w4 = load_rows(a4, turn);
    let w5 = load_rows(a5, turn);
    let w6 = load_rows(a6, turn);
    let w7 = load_rows(a7, turn);

    s00 = add(s00, w0, x0);
    s01 = add(s01, w0, x1);
    s02 = add(s02, w0, x2);
    s03 = add(s03, w0, x3);
    s10 = add(s10, w1, x0);
    s11 = add(s11, w1, x1);
    s12 = add(s12, w1, x2);
    s13 = add(s13, w1, x3);
    s20 = add(s20, w2, x0);
    s21 = add(s21, w2, x1);
    s22 = add(s22, w2, x2);
    s23 = add(s23, w2, x3);
    s30 = add(s30, w3, x0);
    s31 = add(s31, w3, x1);
    s32 = add(s32, w3, x2);
    s33 = add(s33, w3, x3);
    s40 = add(s40, w4, x0);
    s41 = add(s41, w4, x1);
    s42 = add(s42, w4, x2);
    s43 = add(s43, w4, x3);
    s50 = add(s50, w5, x0);
    s51 = add(s51, w5, x1);
    s52 = add(s52, w5, x2);
    s53 = add(s53, w5, x3);
    s60 = add(s60, w6, x0);
    s61 = add(s61, w6, x1);
    s62 = add(s62, w6, x2);
    s63 = add(s63, w6, x3);
    s70 = add(s70, w7, x0);
    s71 = add(s71, w7, x1);
    s72 = add(s72, w7, x2);
    s73 = add(s73, w7, x3);
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
