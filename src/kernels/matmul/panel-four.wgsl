// y[p,j,i] = Σ_k a[p,i,k] · b[p,j,k]: products of rows and columns that lie side by side, p = 0, 1, … many of them.
//
//   a  [products, row panels, quads, 32 rows, 4 terms]: term 4q + t of row 32n + i of a product; see panel-product.ts
//   b  the same of the columns
//   y  [products, column panels · 32, row panels · 32]; rows and columns beyond the last hold anything
//
// Products lie 32 numbers further apart than they are long, else all of them would fall on the same lines of a cache.
//
// Made for SwiftShader, which runs on a CPU, four invocations to a vector, and compiles line by line: a load costs as much as
// several multiply–adds, and every store to a variable is a blend with its old value. So: no offset tables; every load
// takes four terms from where the lane before took its own; rows are loaded by one invocation of the workgroup and
// broadcast to all (panel-rows-shared.wgsl; panel-rows-plain.wgsl where there are no subgroups); each invocation keeps
// 16 rows × 8 columns of sums, and a sum is stored once for four additions. Whole panels are computed, so there is no test
// in the loop and none at its end.
//
// Four terms are added up, then sixteen such sums, then the sums of such runs of 64, each ascending: for 512 terms that
// errs half as much as one sum does. The same sums, bit for bit, as panel-texels.wgsl and panel-tiled.wgsl.
//
// Reached: 25 to 40 % of the multiply–add peak on SwiftShader, 64 to 256 terms.
struct Sizes { row_blocks: u32, row_panels: u32, column_panels: u32, quads: u32, products: u32 }

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

const PANEL = 32u;
const GAP = 8u; // vec4s between two products
const RUN = 16u; // quads
const ROWS = 16u;

fn add_terms(sum: f32, row: vec4f, column: vec4f) -> f32 {
  return sum + fma(row.w, column.w, fma(row.z, column.z, fma(row.y, column.y, row.x * column.x)));
}

fn add_column(sums: vec4f, rows: mat4x4f, column: vec4f) -> vec4f {
  return vec4f(
    add_terms(sums.x, rows[0], column),
    add_terms(sums.y, rows[1], column),
    add_terms(sums.z, rows[2], column),
    add_terms(sums.w, rows[3], column),
  );
}

/** sums (a vector for each column) + the products of four rows and four columns over four terms */
fn add(sums: mat4x4f, rows: mat4x4f, columns: mat4x4f) -> mat4x4f {
  return mat4x4f(
    add_column(sums[0], rows, columns[0]),
    add_column(sums[1], rows, columns[1]),
    add_column(sums[2], rows, columns[2]),
    add_column(sums[3], rows, columns[3]),
  );
}

@compute @workgroup_size(4)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  // Workgroups beyond the last repeat it. They write the same values once more: a test would cost every load below.
  let blocks = sizes.column_panels * sizes.row_blocks;
  let block = min(workgroup.y * workgroups.x + workgroup.x, blocks * sizes.products - 1u);
  let product = block / blocks;
  let panel = block % sizes.column_panels;
  let row = block / sizes.column_panels % sizes.row_blocks * ROWS;
  let size_a = sizes.row_panels * sizes.quads * PANEL + GAP;
  let size_b = sizes.column_panels * sizes.quads * PANEL + GAP;
  var at_a = product * size_a + row / PANEL * sizes.quads * PANEL + row % PANEL;
  var at_b = product * size_b + panel * sizes.quads * PANEL + lane;

  // The first four columns of an invocation, and the last four.
  var sums0 = mat4x4f(); var sums1 = mat4x4f(); var sums2 = mat4x4f(); var sums3 = mat4x4f();
  var sums4 = mat4x4f(); var sums5 = mat4x4f(); var sums6 = mat4x4f(); var sums7 = mat4x4f();
  for (var first = 0u; first < sizes.quads; first += RUN) {
    var run0 = mat4x4f(); var run1 = mat4x4f(); var run2 = mat4x4f(); var run3 = mat4x4f();
    var run4 = mat4x4f(); var run5 = mat4x4f(); var run6 = mat4x4f(); var run7 = mat4x4f();
    let end = min(first + RUN, sizes.quads);
    for (var quad = first; quad < end; quad++) {
      let columns0 = mat4x4f(b[at_b], b[at_b + 4u], b[at_b + 8u], b[at_b + 12u]);
      let columns4 = mat4x4f(b[at_b + 16u], b[at_b + 20u], b[at_b + 24u], b[at_b + 28u]);
      let rows0 = four_rows(at_a, lane);
      run0 = add(run0, rows0, columns0);
      run4 = add(run4, rows0, columns4);
      let rows1 = four_rows(at_a + 4u, lane);
      run1 = add(run1, rows1, columns0);
      run5 = add(run5, rows1, columns4);
      let rows2 = four_rows(at_a + 8u, lane);
      run2 = add(run2, rows2, columns0);
      run6 = add(run6, rows2, columns4);
      let rows3 = four_rows(at_a + 12u, lane);
      run3 = add(run3, rows3, columns0);
      run7 = add(run7, rows3, columns4);
      at_a += PANEL;
      at_b += PANEL;
    }
    sums0 += run0; sums1 += run1; sums2 += run2; sums3 += run3;
    sums4 += run4; sums5 += run5; sums6 += run6; sums7 += run7;
  }

  let fours = sizes.row_panels * PANEL / 4u;
  let size_y = sizes.column_panels * PANEL * fours + GAP;
  let first = product * size_y + (panel * PANEL + lane) * fours + row / 4u;
  for (var n = 0u; n < 4u; n++) {
    let at = first + 4u * n * fours;
    y[at] = sums0[n];
    y[at + 1u] = sums1[n];
    y[at + 2u] = sums2[n];
    y[at + 3u] = sums3[n];
    let beyond = at + 16u * fours;
    y[beyond] = sums4[n];
    y[beyond + 1u] = sums5[n];
    y[beyond + 2u] = sums6[n];
    y[beyond + 3u] = sums7[n];
  }
}
