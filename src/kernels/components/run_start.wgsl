// The voxel at which the run of a foreground voxel begins, from `starts` (bits of the voxels that begin a run); `line_word`
// is the line's first word, `line_voxel` its first voxel.
fn run_start(line_word: u32, line_voxel: u32, position: u32) -> u32 {
  var word = line_word + position / 32u;
  var bits = starts[word] & (0xffffffffu >> (31u - position % 32u));
  while (bits == 0u) {
    word--;
    bits = starts[word];
  }
  return line_voxel + 32u * (word - line_word) + firstLeadingBit(bits);
}
