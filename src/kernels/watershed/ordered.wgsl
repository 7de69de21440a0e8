// The bits of a float32 as an integer of the same order; both zeros are one.
fn ordered(bits: u32) -> u32 {
  if (bits == 0x80000000u) { return bits; }
  return select(bits | 0x80000000u, ~bits, (bits & 0x80000000u) != 0u);
}
