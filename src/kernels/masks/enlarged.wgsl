// The value of a map at a pixel of the picture, bilinear between four of the map's own; for kernels that bind `maps` and
// `places` (masks.ts) and have the sizes named here.
fn enlarged(map: u32, pixel: u32) -> f32 {
  let row = places[pixel / sizes.width];
  let column = places[sizes.height + pixel % sizes.width];
  let start = map * sizes.map_height * sizes.map_width;
  let above = start + u32(row.x) * sizes.map_width;
  let below = start + min(u32(row.x) + 1u, sizes.map_height - 1u) * sizes.map_width;
  let left = u32(column.x);
  let right = min(left + 1u, sizes.map_width - 1u);
  let at_left = fma(row.y, f32(maps[below + left]), (1.0 - row.y) * f32(maps[above + left]));
  let at_right = fma(row.y, f32(maps[below + right]), (1.0 - row.y) * f32(maps[above + right]));
  return fma(column.y, at_right, (1.0 - column.y) * at_left);
}
