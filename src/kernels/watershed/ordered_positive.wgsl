// The bits of a float32 that is not negative, which are in order as they are.
fn ordered(bits: u32) -> u32 {
  return bits;
}
