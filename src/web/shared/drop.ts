import { blobSource, type FileSource } from '../../formats/source.ts';

/** Every file under a dropped item, folders opened, names with their folders. */
async function filesOf(entry: FileSystemEntry, folder: string): Promise<FileSource[]> {
  const name = folder + entry.name;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [blobSource(name, file)];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: FileSource[] = [];
  for (;;) {
    // A reader hands out a folder in portions, the last of them empty.
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (entries.length === 0) break;
    for (const child of entries) found.push(...(await filesOf(child, `${name}/`)));
  }
  return found;
}

/** The files chosen in a file input, named with their folders where the browser tells them. */
export function chosenFiles(input: HTMLInputElement): FileSource[] {
  return [...(input.files ?? [])].map((file) => blobSource(file.webkitRelativePath || file.name, file));
}

/** Calls `take` with the files of every drop on `zone`. */
export function onDrop(zone: HTMLElement, take: (sources: FileSource[]) => void): void {
  zone.addEventListener('dragover', (event) => {
    event.preventDefault();
    zone.classList.add('over');
  });
  zone.addEventListener('dragleave', () => zone.classList.remove('over'));
  zone.addEventListener('drop', async (event) => {
    event.preventDefault();
    zone.classList.remove('over');
    // The list is emptied when the event ends, so the entries are taken before the first wait.
    const entries = [...(event.dataTransfer?.items ?? [])].flatMap((item) => item.webkitGetAsEntry() ?? []);
    const files = await Promise.all(entries.map((entry) => filesOf(entry, '')));
    take(files.flat());
  });
  // A file dropped beside the zone would otherwise replace the page.
  for (const name of ['dragover', 'drop']) window.addEventListener(name, (event) => event.preventDefault());
}
