import { readFile, statfs } from 'node:fs/promises';
import os from 'node:os';
import type { HostFacts } from '@klevr/contracts/agent';
import { toolVersions } from './capabilities.js';

/** What can be told about this host. A part that cannot be read is left out or named unknown, never guessed. */
export const collectHostFacts = async (path: string): Promise<HostFacts> => {
  const [release, machineId, bootId, type, disks, capabilities] = await Promise.all([
    readText('/etc/os-release'),
    readText('/etc/machine-id'),
    readText('/proc/sys/kernel/random/boot_id'),
    hostType(),
    findDisks(),
    toolVersions(path),
  ]);
  const distribution = release === undefined ? undefined : /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(release)?.[1];
  const processors = os.cpus();
  return {
    user: userName(),
    type,
    hostname: os.hostname(),
    addresses: ownAddresses(),
    os: os.platform(),
    ...(distribution === undefined ? {} : { distribution }),
    kernel: os.release(),
    architecture: os.arch(),
    ...(machineId === undefined || machineId === '' ? {} : { machineId }),
    bootId: bootId ?? 'unknown',
    uptimeSeconds: Math.round(os.uptime()),
    cpu: { count: processors.length, model: processors[0]?.model.trim() ?? 'unknown' },
    memory: { totalBytes: os.totalmem() },
    disks,
    capabilities,
  };
};

const readText = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );

/** A user without an entry in the user database has a number alone. */
const userName = (): string => {
  try {
    return os.userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
};

const ownAddresses = (): string[] =>
  Object.values(os.networkInterfaces()).flatMap((found) => (found ?? []).filter(({ internal }) => !internal).map(({ address }) => address));

const hostType = async (): Promise<string> => {
  const [docker, podman, cgroup, vendor, cpuinfo] = await Promise.all([
    readText('/.dockerenv'),
    readText('/run/.containerenv'),
    readText('/proc/1/cgroup'),
    readText('/sys/class/dmi/id/sys_vendor'),
    readText('/proc/cpuinfo'),
  ]);
  return typeFrom({ container: docker !== undefined || podman !== undefined, cgroup, vendor, cpuinfo });
};

export interface TypeSigns {
  readonly container: boolean;
  readonly cgroup: string | undefined;
  readonly vendor: string | undefined;
  readonly cpuinfo: string | undefined;
}

export const typeFrom = ({ container, cgroup, vendor, cpuinfo }: TypeSigns): string => {
  if (container || /docker|kubepods|containerd|lxc|libpod/.test(cgroup ?? '')) return 'container';
  const virtual = /qemu|kvm|vmware|innotek|virtualbox|xen|bochs|parallels|microsoft corporation|amazon ec2|google/i.test(vendor ?? '');
  if (virtual || /^flags\s*:.*\bhypervisor\b/m.test(cpuinfo ?? '')) return 'vm';
  return vendor === undefined ? 'unknown' : 'physical';
};

const maxDisks = 32;

/** File systems on devices, and the root whatever it stands on; each device once. */
const findDisks = async (): Promise<HostFacts['disks']> => {
  const mounts = mountsFrom((await readText('/proc/self/mounts')) ?? '').slice(0, maxDisks);
  const sizes = await Promise.all(
    mounts.map((mount) =>
      statfs(mount).then(
        ({ bsize, blocks, bavail }) => [{ mount, totalBytes: bsize * blocks, freeBytes: bsize * bavail }],
        () => [],
      ),
    ),
  );
  return sizes.flat();
};

export const mountsFrom = (text: string): string[] => {
  const devices = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [device = '', mount = ''] = line.split(' ');
    if ((mount === '/' || device.startsWith('/dev/')) && !devices.has(device)) devices.set(device, unescapeMount(mount));
  }
  const mounts = [...devices.values()];
  // Within a changed root (chroot) the table does not list the root itself.
  return mounts.includes('/') ? mounts : ['/', ...mounts];
};

/** The kernel writes blanks and the like in octal. */
const unescapeMount = (mount: string): string =>
  mount.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
