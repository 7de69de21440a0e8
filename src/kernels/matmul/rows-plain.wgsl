// Rows of the first factor for the gathered products, four at a time: each invocation fetches all of them.
alias RowOffsets = vec4u;

fn rows_at(first: u32, lane: u32, last: u32, shift: u32) -> RowOffsets {
  let row = min(vec4u(first) + vec4u(0u, 1u, 2u, 3u), vec4u(last));
  return vec4u(offsets[row.x].x, offsets[row.y].x, offsets[row.z].x, offsets[row.w].x) + shift;
}

fn fetch_rows(at: RowOffsets, term: u32, inside: bool) -> vec4f {
  let values = vec4<Scalar>(a[at.x + term], a[at.y + term], a[at.z + term], a[at.w + term]);
  return select(vec4f(), vec4f(values), inside);
}
