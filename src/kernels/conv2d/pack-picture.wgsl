// packed[n,q,h,w] = x[n, 4·q …, h − before_h, w − before_w], four channels, where that lies inside, else zeros.
//
//   x       [batch · planes, 4, x_height, x_width]
//   packed  [batch · planes, height, width] texels, then one of zeros; texel i at (i % 1024, i / 1024)
//
// One invocation a texel. Costs about as much as a hundredth of a 3×3 convolution of 64 outputs.
struct Sizes { planes: u32, x_height: u32, x_width: u32, height: u32, width: u32, before_h: u32, before_w: u32 }

@group(0) @binding(0) var<storage, read> x: array<Scalar>;
@group(0) @binding(1) var packed: texture_storage_2d<rgba32float, write>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
  let row = i / sizes.width;
  let plane = row / sizes.height;
  if (i > sizes.planes * sizes.height * sizes.width) { return; }
  // Unsigned numbers wrap, so what lies before the picture is beyond its end.
  let h = row - plane * sizes.height - sizes.before_h;
  let w = i - row * sizes.width - sizes.before_w;
  var texel = vec4f();
  if (plane < sizes.planes && h < sizes.x_height && w < sizes.x_width) {
    let area = sizes.x_height * sizes.x_width;
    let at = 4u * plane * area + h * sizes.x_width + w;
    texel = vec4f(vec4<Scalar>(x[at], x[at + area], x[at + 2u * area], x[at + 3u * area]));
  }
  textureStore(packed, vec2u(i % 1024u, i / 1024u), texel);
}
