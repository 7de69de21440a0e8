// Four rows for the packed product, four terms of each: each invocation fetches all of them.
fn four_rows(at: u32, lane: u32) -> mat4x4f { return mat4x4f(a[at], a[at + 1u], a[at + 2u], a[at + 3u]); }
