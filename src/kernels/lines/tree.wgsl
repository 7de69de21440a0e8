// Sums and maxima of lines. A line has WIDTH partial results, the k-th over its elements k, k + WIDTH, …, which are put
// together in a tree. LANES neighbouring invocations of a workgroup of THREADS share a line: invocation `lane` holds the
// partial results lane, lane + LANES, … in an array of PARTS. WIDTH and so every sum depends on the shape alone; LANES is free:
// the upper branches of the tree are summed in registers, the lower ones through workgroup memory.
//
// Every invocation of the workgroup has to call the functions, and each gets its line's result.
const PARTS = WIDTH / LANES;

var<workgroup> tree: array<f32, THREADS>;

fn line_sum(parts: ptr<function, array<f32, PARTS>>, local: u32) -> f32 {
  for (var half = PARTS / 2; half > 0; half /= 2) {
    for (var k = 0; k < half; k++) { (*parts)[k] += (*parts)[k + half]; }
  }
  let value = (*parts)[0];
  if (LANES == 1) { return value; }
  tree[local] = value;
  workgroupBarrier();
  for (var half = u32(LANES) / 2u; half > 0u; half /= 2u) {
    if (local % LANES < half) { tree[local] += tree[local + half]; }
    workgroupBarrier();
  }
  let sum = tree[local - local % LANES];
  workgroupBarrier(); // before the next tree
  return sum;
}

fn line_max(value: f32, local: u32) -> f32 {
  if (LANES == 1) { return value; }
  tree[local] = value;
  workgroupBarrier();
  for (var half = u32(LANES) / 2u; half > 0u; half /= 2u) {
    if (local % LANES < half) { tree[local] = max(tree[local], tree[local + half]); }
    workgroupBarrier();
  }
  let greatest = tree[local - local % LANES];
  workgroupBarrier();
  return greatest;
}
