// y[p,j,i] = Σ_k a[p,i,k] · b[p,j,k]: products of rows and columns that lie side by side, p = 0, 1, … many of them.
//
//   a  [products, row panels, quads, 32 rows, 4 terms]: term 4q + t of row 32n + i of a product; see panel-product.ts
//   b  the same of the columns
//   y  [products, column panels · 32, row panels · 32]; rows and columns beyond the last hold anything
//
// Products lie 32 numbers further apart than they are long, else all of them would fall on the same lines of a cache.
//
// Made for GPUs, where it has not been measured yet: a workgroup computes one panel of rows × one of columns, brings in a
// run of 64 terms of both at once through workgroup memory, and each of its 64 invocations keeps 4 × 4 sums. On adapters that run on
// a CPU the other two are faster by far.
//
// Four terms are added up, then sixteen such sums, then the sums of such runs of 64, each ascending: for 512 terms that
// errs half as much as one sum does. The same sums, bit for bit, as panel-texels.wgsl and panel-four.wgsl.
struct Sizes { row_blocks: u32, row_panels: u32, column_panels: u32, quads: u32, products: u32 }

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

const PANEL = 32u;
const GAP = 8u; // vec4s between two products
const RUN = 16u; // quads

var<workgroup> a_tile: array<vec4f, RUN * PANEL>;
var<workgroup> b_tile: array<vec4f, RUN * PANEL>;

fn add_terms(sum: f32, row: vec4f, column: vec4f) -> f32 {
  return sum + fma(row.w, column.w, fma(row.z, column.z, fma(row.y, column.y, row.x * column.x)));
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let block = workgroup.y * workgroups.x + workgroup.x;
  let blocks = sizes.column_panels * sizes.row_panels;
  if (block >= blocks * sizes.products) { return; }
  let column_panel = block % sizes.column_panels;
  let row_panel = block / sizes.column_panels % sizes.row_panels;
  let product = block / blocks;
  let panel_size = sizes.quads * PANEL;
  let a_first = product * (sizes.row_panels * panel_size + GAP) + row_panel * panel_size;
  let b_first = product * (sizes.column_panels * panel_size + GAP) + column_panel * panel_size;
  let row = local % 8u * 4u;
  let column = local / 8u;
  var sums: array<vec4f, 4>;
  for (var first = 0u; first < sizes.quads; first += RUN) {
    let count = min(RUN, sizes.quads - first);
    for (var each = local; each < count * PANEL; each += 64u) {
      a_tile[each] = a[a_first + first * PANEL + each];
      b_tile[each] = b[b_first + first * PANEL + each];
    }
    workgroupBarrier();
    var run = array<vec4f, 4>(); // said outright: Dawn does not empty a variable again in each turn
    for (var quad = 0u; quad < count; quad++) {
      let at = quad * PANEL;
      let rows = mat4x4f(a_tile[at + row], a_tile[at + row + 1u], a_tile[at + row + 2u], a_tile[at + row + 3u]);
      for (var n = 0u; n < 4u; n++) {
        let terms = b_tile[at + column + 8u * n];
        run[n] = vec4f(
          add_terms(run[n].x, rows[0], terms),
          add_terms(run[n].y, rows[1], terms),
          add_terms(run[n].z, rows[2], terms),
          add_terms(run[n].w, rows[3], terms),
        );
      }
    }
    for (var n = 0u; n < 4u; n++) { sums[n] += run[n]; }
    workgroupBarrier();
  }
  let fours = sizes.row_panels * PANEL / 4u;
  for (var n = 0u; n < 4u; n++) {
    let j = column_panel * PANEL + column + 8u * n;
    y[product * (sizes.column_panels * PANEL * fours + GAP) + j * fours + (row_panel * PANEL + row) / 4u] = sums[n];
  }
}
