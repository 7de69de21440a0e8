// y[k, c, p] = picture[c, p] · (map − least) / (greatest − least) at pixel p, the map being number first + k, enlarged to the
// picture's size (enlarged.wgsl, put ahead). A map of one value hides everything.
//
//   picture  [channels, height, width]        what is seen through the maps
//   maps     [maps, map_height, map_width]    features of a layer
//   places   [height + width]                 as in range.wgsl
//   range    [maps]                           least and greatest value of the enlarged maps
//   y        [count, channels, height, width] masked pictures
//
// One invocation a pixel of a map, for all channels. A map's values stay in the cache. GPUs are bound by what it writes,
// lavapipe by the four values that it fetches for each: 6 % of a copy's rate there, a hundredth of what the network takes for
// what it writes (ResNet-18 at 224²).
struct Sizes {
  n: u32, first: u32, channels: u32, height: u32, width: u32, map_height: u32, map_width: u32,
}

@group(0) @binding(0) var<storage, read> picture: array<Scalar>;
@group(0) @binding(1) var<storage, read> maps: array<Scalar>;
@group(0) @binding(2) var<storage, read> places: array<vec2f>;
@group(0) @binding(3) var<storage, read> range: array<vec2f>;
@group(0) @binding(4) var<storage, read_write> y: array<Scalar>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * 256u + local;
  if (i >= sizes.n) { return; }
  let plane = sizes.height * sizes.width;
  let k = i / plane;
  let pixel = i % plane;
  let map = sizes.first + k;
  let extremes = range[map];
  let extent = extremes.y - extremes.x;
  let mask = select(0.0, (enlarged(map, pixel) - extremes.x) / extent, extent > 0.0);
  for (var channel = 0u; channel < sizes.channels; channel++) {
    y[(k * sizes.channels + channel) * plane + pixel] = Scalar(mask * f32(picture[channel * plane + pixel]));
  }
}
