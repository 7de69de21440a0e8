// The lines beside a line, as the first voxel of each; the line itself stands for one that does not exist.
struct Beside { faces: vec4u, edges: vec4u }

fn lines_beside(i0: u32, i1: u32) -> Beside {
  let length = sizes.d2;
  let here = (i0 * sizes.d1 + i1) * length;
  let low0 = i0 > 0u;
  let high0 = i0 + 1u < sizes.d0;
  let low1 = i1 > 0u;
  let high1 = i1 + 1u < sizes.d1;
  let plane = sizes.d1 * length;
  return Beside(
    vec4u(
      select(here, here - plane, low0), select(here, here - length, low1),
      select(here, here + length, high1), select(here, here + plane, high0),
    ),
    vec4u(
      select(here, here - plane - length, low0 && low1), select(here, here - plane + length, low0 && high1),
      select(here, here + plane - length, high0 && low1), select(here, here + plane + length, high0 && high1),
    ),
  );
}

// The lines of one colour, no two of which touch: with faces only, every other one of a chessboard; else every other one
// along each axis. A line longer than 1,024 voxels is several chunks, coloured likewise. Dispatched as invocations along
// axis 1, axis 0, chunks, with only those of the colour counted.
struct Chunk { i0: u32, i1: u32, chunk: u32, exists: bool }

fn chunk_at(invocation: vec3u, chunks: u32) -> Chunk {
  let colour = sizes.colour;
  var i0 = invocation.y;
  var i1 = 2u * invocation.x;
  var chunk = invocation.z;
  if (CONNECTIVITY == 1) {
    i1 += (i0 + chunk + colour) & 1u;
  } else {
    i0 = 2u * i0 + ((colour >> 1u) & 1u);
    i1 += colour & 1u;
    chunk = 2u * chunk + (colour >> 2u);
  }
  return Chunk(i0, i1, chunk, i0 < sizes.d0 && i1 < sizes.d1 && chunk < chunks);
}

// Tells the neighbours of a chunk which of its words have changed, so that they look again.
fn notify(at: Chunk, chunks: u32, changed: u32) {
  for (var k = 0u; k < 9u; k++) {
    let step0 = k / 3u;
    let step1 = k % 3u;
    let apart = u32(step0 != 1u) + u32(step1 != 1u);
    if (apart > u32(CONNECTIVITY)) { continue; }
    let i0 = at.i0 + step0;
    let i1 = at.i1 + step1;
    if (i0 < 1u || i0 > sizes.d0 || i1 < 1u || i1 > sizes.d1) { continue; }
    let place = ((i0 - 1u) * sizes.d1 + i1 - 1u) * chunks + at.chunk;
    // words before and after a changed one see it too, in the line itself and where edges or corners count
    let reach = apart < u32(CONNECTIVITY);
    if (apart > 0u) { atomicOr(&waiting[place], select(changed, changed | (changed << 1u) | (changed >> 1u), reach)); }
    if (reach && at.chunk > 0u && (changed & 1u) != 0u) { atomicOr(&waiting[place - 1u], 0x80000000u); }
    if (reach && at.chunk + 1u < chunks && (changed >> 31u) != 0u) { atomicOr(&waiting[place + 1u], 1u); }
  }
}
