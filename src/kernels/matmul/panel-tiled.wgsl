// y[p,j,i] = Σ_k a[p,i,k] · b[p,j,k]: products of rows and columns that lie side by side, p = 0, 1, … many of them.
//
//   a  [products, row panels, quads, 32 rows, 4 terms]: term 4q + t of row 32n + i of a product; see panel-product.ts
//   b  the same of the columns
//   y  [parts, products, column panels · 32, row panels · 32]; rows and columns beyond the last hold anything
//
// Products lie 32 numbers further apart than they are long, else all of them would fall on the same lines of a cache.
//
// Made for GPUs: a workgroup computes ROW_PANELS panels of rows × COLUMN_PANELS of columns. It brings in 16 terms of both at
// once through workgroup memory, little enough that many workgroups fit beside each other, and each invocation keeps 4 × 4
// sums of rows and columns that lie as far apart as there are invocations side by side, so that neighbours read neighbouring
// places. More sums an invocation read less, but on an H100 the fewer invocations wait longer for what they read. It reaches
// 13 to 16 of 59 TFLOP/s there (22 to 27 % of the peak) in ResNet-18's layers at batch 16. On adapters that run on a CPU the
// other two are faster by far.
//
// Four terms are added up, then sixteen such sums, then the sums of such runs of 64, each ascending: for 512 terms that
// errs half as much as one sum does. The same sums, bit for bit, as panel-texels.wgsl and panel-four.wgsl. Where `parts` is
// more than one each is a run, which a workgroup of its own computes, and add-chunks.wgsl adds them up in the same order.
const PANEL = 32u;
const GAP = 8u; // vec4s between two products
const RUN = 16u; // quads whose sums are added up before they join the others
const STAGE = 4u; // quads in workgroup memory
const BLOCK = 4u; // rows, and columns, of an invocation
const ROWS = ROW_PANELS * PANEL;
const COLUMNS = COLUMN_PANELS * PANEL;
const ACROSS = ROWS / BLOCK;
const DOWN = COLUMNS / BLOCK;
const THREADS = ACROSS * DOWN;

struct Sizes { row_panels: u32, column_panels: u32, quads: u32, products: u32, parts: u32 }

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> a_tile: array<vec4f, STAGE * ROWS>;
var<workgroup> b_tile: array<vec4f, STAGE * COLUMNS>;

fn add_terms(sum: f32, row: vec4f, column: vec4f) -> f32 {
  return sum + fma(row.w, column.w, fma(row.z, column.z, fma(row.y, column.y, row.x * column.x)));
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let block = workgroup.y * workgroups.x + workgroup.x;
  let across = (sizes.row_panels + ROW_PANELS - 1) / ROW_PANELS;
  let down = (sizes.column_panels + COLUMN_PANELS - 1) / COLUMN_PANELS;
  if (block >= across * down * sizes.products * sizes.parts) { return; }
  let row_panel = block % across * ROW_PANELS;
  let column_panel = block / across % down * COLUMN_PANELS;
  let product = block / (across * down) % sizes.products;
  let part = block / (across * down) / sizes.products;
  let panel_size = sizes.quads * PANEL;
  let a_first = product * (sizes.row_panels * panel_size + GAP) + row_panel * panel_size;
  let b_first = product * (sizes.column_panels * panel_size + GAP) + column_panel * panel_size;
  let a_panels = min(ROW_PANELS, sizes.row_panels - row_panel);
  let b_panels = min(COLUMN_PANELS, sizes.column_panels - column_panel);
  let row = local % ACROSS;
  let column = local / ACROSS;
  let last = select(sizes.quads, min((part + 1) * RUN, sizes.quads), sizes.parts > 1);
  var sums = array<vec4f, BLOCK>();
  for (var run_first = part * RUN; run_first < last; run_first += RUN) {
    var run = array<vec4f, BLOCK>(); // said outright: Dawn does not empty a variable again in each turn
    for (var first = run_first; first < min(run_first + RUN, sizes.quads); first += STAGE) {
      for (var each = local; each < STAGE * ROWS; each += THREADS) {
        let panel = each / PANEL % ROW_PANELS;
        let quad = first + each / ROWS;
        var terms = vec4f(); // of quads and panels beyond the last
        if (quad < sizes.quads && panel < a_panels) {
          terms = a[a_first + panel * panel_size + quad * PANEL + each % PANEL];
        }
        a_tile[each] = terms;
      }
      for (var each = local; each < STAGE * COLUMNS; each += THREADS) {
        let panel = each / PANEL % COLUMN_PANELS;
        let quad = first + each / COLUMNS;
        var terms = vec4f();
        if (quad < sizes.quads && panel < b_panels) {
          terms = b[b_first + panel * panel_size + quad * PANEL + each % PANEL];
        }
        b_tile[each] = terms;
      }
      workgroupBarrier();
      for (var quad = 0u; quad < STAGE; quad++) {
        let at = quad * ROWS + row;
        let rows = mat4x4f(a_tile[at], a_tile[at + ACROSS], a_tile[at + 2 * ACROSS], a_tile[at + 3 * ACROSS]);
        for (var n = 0u; n < BLOCK; n++) {
          let terms = b_tile[quad * COLUMNS + n * DOWN + column];
          run[n] = vec4f(
            add_terms(run[n].x, rows[0], terms),
            add_terms(run[n].y, rows[1], terms),
            add_terms(run[n].z, rows[2], terms),
            add_terms(run[n].w, rows[3], terms),
          );
        }
      }
      workgroupBarrier();
    }
    for (var n = 0u; n < BLOCK; n++) { sums[n] += run[n]; }
  }
  let pitch = sizes.row_panels * PANEL;
  let y_first = (part * sizes.products + product) * (sizes.column_panels * PANEL * pitch + 4 * GAP);
  for (var n = 0u; n < BLOCK; n++) {
    let at_column = column_panel * PANEL + n * DOWN + column;
    if (at_column >= sizes.column_panels * PANEL) { continue; }
    for (var m = 0u; m < BLOCK; m++) {
      let at_row = row_panel * PANEL + m * ACROSS + row;
      if (at_row < pitch) { y[y_first + at_column * pitch + at_row] = sums[n][m]; }
    }
  }
}
