// y[p,j,i] = Σ_k a[p,i,k] · b[p,j,k]: products of rows and columns that lie side by side, p = 0, 1, … many of them.
//
//   a  [products, row panels, quads, 32 rows, 4 terms]: term 4q + t of row 32n + i of a product; see panel-product.ts
//   b  the same of the columns
//   y  [products, column panels · 32, row panels · 32]; rows and columns beyond the last hold anything
//
// Products lie 32 numbers further apart than they are long, else all of them would fall on the same lines of a cache.
//
// A texel holds the four terms of a quad; texel i of a texture lies at (i % 1024, i / 1024). The factors begin at first_a and
// first_b; they may lie in one texture.
//
// Made for lavapipe, which runs on a CPU, eight invocations to a vector. It fetches from buffers lane by lane, with tests of
// mask and bounds for each number, and from a texture the four numbers of a texel at once: so factors go into textures.
// There are no offset tables; rows are loaded by one invocation of the workgroup and shown to all; each invocation keeps
// 16 rows × 4 columns of sums, which eight terms a turn are added to. Whole panels are computed, so there is no test in the
// loop and none at its end. Needs the feature `subgroups`, and a workgroup of eight that lies in one subgroup in order.
//
// Four terms are added up, then sixteen such sums, then the sums of such runs of 64, each ascending: for 512 terms that
// errs half as much as one sum does. The same sums, bit for bit, as panel-four.wgsl and panel-tiled.wgsl.
//
// Reached: 20 to 50 % of the multiply–add peak on lavapipe (Mesa 25.0; 14 to 36 GFLOP/s of 66 with two busy cores), 64 to
// 256 terms.
struct Sizes {
  row_blocks: u32, row_panels: u32, column_panels: u32, quads: u32, products: u32, first_a: u32, first_b: u32,
}

@group(0) @binding(0) var a: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var b: texture_storage_2d<rgba32float, read>;
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

fn four_rows(row: vec4f, first: u32) -> mat4x4f {
  return mat4x4f(
    subgroupShuffle(row, first),
    subgroupShuffle(row, first + 1u),
    subgroupShuffle(row, first + 2u),
    subgroupShuffle(row, first + 3u),
  );
}

fn texel_a(i: u32) -> vec4f { return textureLoad(a, vec2u(i % 1024u, i / 1024u)); }
fn texel_b(i: u32) -> vec4f { return textureLoad(b, vec2u(i % 1024u, i / 1024u)); }

fn four_columns(at: u32) -> mat4x4f {
  return mat4x4f(texel_b(at), texel_b(at + 8u), texel_b(at + 16u), texel_b(at + 24u));
}

@compute @workgroup_size(8)
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
  var at_a = sizes.first_a + product * size_a + row / PANEL * sizes.quads * PANEL + row % PANEL + lane;
  var at_b = sizes.first_b + product * size_b + panel * sizes.quads * PANEL + lane;

  var sums0 = mat4x4f();
  var sums1 = mat4x4f();
  var sums2 = mat4x4f();
  var sums3 = mat4x4f();
  for (var first = 0u; first < sizes.quads; first += RUN) {
    var run0 = mat4x4f();
    var run1 = mat4x4f();
    var run2 = mat4x4f();
    var run3 = mat4x4f();
    let end = min(first + RUN, sizes.quads);
    for (var quad = first; quad < end; quad += 2u) {
      let columns = four_columns(at_b);
      let next_columns = four_columns(at_b + PANEL);
      let rows0 = texel_a(at_a);
      let rows8 = texel_a(at_a + 8u);
      let next_rows0 = texel_a(at_a + PANEL);
      let next_rows8 = texel_a(at_a + PANEL + 8u);
      run0 = add(add(run0, four_rows(rows0, 0u), columns), four_rows(next_rows0, 0u), next_columns);
      run1 = add(add(run1, four_rows(rows0, 4u), columns), four_rows(next_rows0, 4u), next_columns);
      run2 = add(add(run2, four_rows(rows8, 0u), columns), four_rows(next_rows8, 0u), next_columns);
      run3 = add(add(run3, four_rows(rows8, 4u), columns), four_rows(next_rows8, 4u), next_columns);
      at_a += 2u * PANEL;
      at_b += 2u * PANEL;
    }
    sums0 += run0;
    sums1 += run1;
    sums2 += run2;
    sums3 += run3;
  }

  let fours = sizes.row_panels * PANEL / 4u;
  let size_y = sizes.column_panels * PANEL * fours + GAP;
  let first = product * size_y + (panel * PANEL + lane) * fours + row / 4u;
  for (var n = 0u; n < 4u; n++) {
    let at = first + 8u * n * fours;
    y[at] = sums0[n];
    y[at + 1u] = sums1[n];
    y[at + 2u] = sums2[n];
    y[at + 3u] = sums3[n];
  }
}
