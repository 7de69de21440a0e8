// Rows of the first factor for the gathered products, four at a time: the four invocations of a quad fetch one each and
// share it. Needs the feature `subgroups`, and quads of invocations that follow each other, as both CPU adapters have them.
alias RowOffsets = u32;

fn rows_at(first: u32, lane: u32, last: u32, shift: u32) -> RowOffsets {
  return offsets[min(first + lane % 4u, last)].x + shift;
}

fn fetch_rows(at: RowOffsets, term: u32, inside: bool) -> vec4f {
  let value = select(0.0, f32(a[at + term]), inside);
  return vec4f(
    quadBroadcast(value, 0u),
    quadBroadcast(value, 1u),
    quadBroadcast(value, 2u),
    quadBroadcast(value, 3u),
  );
}
