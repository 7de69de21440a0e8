/** What would give this machine a better adapter, as commands to type. */
import { readFileSync } from 'node:fs';
import type { AdapterKind } from '../../gpu/index.ts';

export interface Advice {
  why: string;
  commands: string[];
}

/** A candidate for the adapter and what became of it. */
export interface Seen {
  kind: AdapterKind;
  name: string;
  state: 'taken' | 'passed over' | 'not needed';
  reason: string;
}

/** ID and VERSION_ID of /etc/os-release, e.g. { id: 'debian', version: 12 }. */
export function distribution(text = osRelease()): { id: string; like: string; version: number } {
  const field = (name: string) => text.match(new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm'))?.[1] ?? '';
  return { id: field('ID'), like: field('ID_LIKE'), version: Number.parseFloat(field('VERSION_ID')) || 0 };
}

function osRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}

/** The commands that install Mesa 25 or newer with lavapipe. */
export function lavapipeCommands({ id, like, version }: ReturnType<typeof distribution>): string[] {
  const family = `${id} ${like}`;
  if (id === 'debian' && version === 12) {
    return [
      `echo 'deb http://deb.debian.org/debian bookworm-backports main' | sudo tee /etc/apt/sources.list.d/backports.list`,
      'sudo apt update && sudo apt install -t bookworm-backports mesa-vulkan-drivers',
    ];
  }
  if (id === 'ubuntu' && version < 24)
    return ['sudo add-apt-repository ppa:kisak/kisak-mesa && sudo apt install mesa-vulkan-drivers'];
  if (/debian|ubuntu/.test(family)) return ['sudo apt update && sudo apt install mesa-vulkan-drivers'];
  if (/fedora|rhel|centos/.test(family)) return ['sudo dnf install mesa-vulkan-drivers'];
  if (/arch/.test(family)) return ['sudo pacman -S vulkan-swrast'];
  if (/suse/.test(family)) return ['sudo zypper install libvulkan_lvp'];
  return ['install Mesa 25 or newer with its Vulkan driver lavapipe (often called mesa-vulkan-drivers)'];
}

function gpuAdvice({ name, reason }: Seen): Advice[] {
  if (reason.includes('may not open')) {
    return [{ why: `${name}: ${reason}`, commands: ['sudo usermod -aG render,video "$USER"   # then log in again'] }];
  }
  if (name.includes('/dev/nvidia')) {
    return [
      {
        why: `${name}: ${reason}`,
        commands: [
          "install NVIDIA's driver with its Vulkan part (Ubuntu: sudo ubuntu-drivers install; Debian: sudo apt install nvidia-driver)",
          'in a container: docker run --gpus all -e NVIDIA_DRIVER_CAPABILITIES=all …',
        ],
      },
    ];
  }
  if (name.includes('/dev/')) return [{ why: `${name}: ${reason}`, commands: lavapipeCommands(distribution()) }];
  return [];
}

/** Advice for Linux, from what was seen; empty where the best there is was taken. */
export function adviceFor(seen: Seen[]): Advice[] {
  const taken = seen.find(({ state }) => state === 'taken')?.kind;
  const gpu = seen.find(({ kind, state }) => kind === 'hardware' && state === 'passed over');
  const advice = gpu ? gpuAdvice(gpu) : [];
  if (taken !== 'hardware' && taken !== 'lavapipe') {
    const why = taken
      ? 'Mesa 25’s lavapipe computes several times faster than SwiftShader'
      : 'Mesa 25’s lavapipe computes on any processor';
    advice.push({ why, commands: lavapipeCommands(distribution()) });
  }
  return advice;
}
