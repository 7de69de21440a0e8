// Sums and maxima of lines that WIDTH neighbouring invocations of a workgroup of THREADS work on together, in a tree whose
// form depends on WIDTH alone. Every invocation of the workgroup has to call them, and each gets its line's result.
var<workgroup> tree: array<f32, THREADS>;

fn line_sum(value: f32, local: u32) -> f32 {
  if (WIDTH == 1) { return value; }
  tree[local] = value;
  workgroupBarrier();
  for (var half = u32(WIDTH) / 2u; half > 0u; half /= 2u) {
    if (local % WIDTH < half) { tree[local] += tree[local + half]; }
    workgroupBarrier();
  }
  let sum = tree[local - local % WIDTH];
  workgroupBarrier(); // before the next tree
  return sum;
}

fn line_max(value: f32, local: u32) -> f32 {
  if (WIDTH == 1) { return value; }
  tree[local] = value;
  workgroupBarrier();
  for (var half = u32(WIDTH) / 2u; half > 0u; half /= 2u) {
    if (local % WIDTH < half) { tree[local] = max(tree[local], tree[local + half]); }
    workgroupBarrier();
  }
  let greatest = tree[local - local % WIDTH];
  workgroupBarrier();
  return greatest;
}
