import { writeNpz } from '../formats/npz.ts';
import { writePng } from '../formats/png.ts';
import type { GroupEntry, GroupSummary } from './explain-file.ts';
import { type Group, groupName } from './explain-groups.ts';
import { overlayImage } from './overlay.ts';
import type { RunFolder } from './run-folder.node.ts';

const FILE = 'groups.npz';

/** Arrays of one shape as one with a leading axis. */
function stacked(arrays: readonly Float32Array[], side: number): { shape: number[]; data: Float32Array } {
  const data = new Float32Array(arrays.length * side * side);
  arrays.forEach((array, i) => {
    data.set(array, i * side * side);
  });
  return { shape: [arrays.length, side, side], data };
}

/** Writes the means of all groups, maps of `side` × `side`, and an overlay of each on one scale. */
export async function writeGroups(folder: RunFolder, groups: readonly Group[], side: number): Promise<GroupSummary> {
  const scale = groups.reduce((most, { map }) => map.reduce((high, value) => Math.max(high, value), most), 0);
  const entries: GroupEntry[] = [];
  for (const group of groups) {
    const { map, picture, ...facts } = group;
    const overlay = `group-${groupName(group)}.png`;
    const scaled = map.map((value) => (scale > 0 ? value / scale : 0));
    await folder.writeText(writePng(overlayImage(picture, Math.sqrt(picture.length), scaled, side)), overlay);
    entries.push({ ...facts, overlay });
  }
  const pictures = groups.map(({ picture }) => picture);
  const counts = (of: (group: Group) => number) => ({
    shape: [groups.length],
    data: Int32Array.from(groups, of),
  });
  const arrays = {
    map: stacked(
      groups.map(({ map }) => map),
      side,
    ),
    picture: stacked(pictures, Math.sqrt(pictures[0]?.length ?? 0)),
    age_from: counts(({ age_from }) => age_from),
    age_to: counts(({ age_to }) => age_to),
    pictures: counts((group) => group.pictures),
    patients: counts((group) => group.patients),
  };
  await folder.writeText(writeNpz(arrays), FILE);
  return { file: FILE, scale, groups: entries };
}
