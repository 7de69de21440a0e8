// y = x after 16·n multiply–adds on each of eight numbers an invocation: the adapter's multiply–add rate from registers.
// Eight chains hide the latency of one; sixteen links a turn make the loop itself cheap.
struct Sizes { n: u32 }

@group(0) @binding(0) var<storage, read> x: array<vec4<Scalar>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<Scalar>>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

alias Vector = vec4<Scalar>;

fn four(start: Vector, factor: Vector, term: Vector) -> Vector {
  return fma(fma(fma(fma(start, factor, term), factor, term), factor, term), factor, term);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let factor = Vector(x[id.x].x);
  let term = Vector(x[id.x].y);
  var a = x[id.x];
  var b = x[id.x + 1u];
  for (var i = 0u; i < sizes.n; i++) {
    a = four(four(four(four(a, factor, term), factor, term), factor, term), factor, term);
    b = four(four(four(four(b, factor, term), factor, term), factor, term), factor, term);
  }
  y[id.x] = a + b;
}
