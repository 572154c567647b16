import { readdir } from 'node:fs/promises';
import { readText } from './read-text.js';

/**
 * What kind of machine this is, by the signs that the kernel and the firmware show. Pure but for `readSigns`.
 * Promises: a kind is named only where a sign says so; a container is told before the machine that it runs on.
 */
export interface MachineSigns {
  /** `/.dockerenv`, `/run/.containerenv` exist. */
  readonly dockerenv: boolean;
  readonly containerenv: boolean;
  /** What a container manager of systemd's convention wrote: `lxc`, `podman`, … */
  readonly containerKind: string | undefined;
  /** Of the first process. With the second version of control groups it shows nothing, but the mount of the root does. */
  readonly cgroup: string | undefined;
  readonly rootMount: string | undefined;
  readonly osRelease: string | undefined;
  readonly hypervisor: string | undefined;
  readonly vendor: string | undefined;
  readonly product: string | undefined;
  readonly bios: string | undefined;
  readonly cpuinfo: string | undefined;
  readonly clocks: string | undefined;
}

export interface MachineKind {
  readonly type: 'container' | 'vm' | 'physical' | 'unknown';
  readonly virtualization: string | undefined;
}

export const machineKindFrom = (signs: MachineSigns): MachineKind => {
  const container = containerKind(signs);
  if (container !== undefined) return { type: 'container', virtualization: container === 'some' ? undefined : container };
  const machine = virtualMachine(signs);
  if (machine !== undefined) return { type: 'vm', virtualization: machine === 'some' ? undefined : machine };
  return signs.vendor === undefined ? { type: 'unknown', virtualization: undefined } : { type: 'physical', virtualization: 'none' };
};

const containerKind = ({ dockerenv, containerenv, containerKind: told, cgroup, rootMount }: MachineSigns): string | undefined => {
  const groups = `${cgroup ?? ''}\n${rootMount ?? ''}`;
  if (containerenv || /libpod|containers\/storage/.test(groups)) return 'podman';
  if (dockerenv || /docker/.test(groups)) return 'docker';
  if (/lxc/.test(groups)) return 'lxc';
  if (/containerd|kubepods|crio/.test(groups)) return /containerd/.test(groups) ? 'containerd' : 'some';
  if (told !== undefined && told !== '' && told !== 'wsl') return /^[a-z][a-z0-9-]{0,30}$/.test(told) ? told : 'some';
  return undefined;
};

/** By what the firmware calls the machine. */
const vendors: readonly (readonly [kind: string, vendor: RegExp, product?: RegExp])[] = [
  ['vmware', /vmware/i],
  ['virtualbox', /innotek|virtualbox/i],
  ['parallels', /parallels/i],
  ['xen', /^xen/i],
  ['hyperv', /^microsoft corporation$/i, /virtual machine/i],
];
/** Their machines run on KVM wherever they are virtual at all. */
const kvmClouds = /^(amazon ec2|google|digitalocean|hetzner|openstack foundation|alibaba cloud|scaleway|vultr)/i;

const virtualMachine = (signs: MachineSigns): string | undefined => {
  const { osRelease = '', hypervisor, vendor = '', product = '', bios = '', cpuinfo = '', clocks = '' } = signs;
  if (/microsoft/i.test(osRelease)) return 'wsl';
  if (hypervisor === 'xen') return 'xen';
  const named = vendors.find(([, byVendor, byProduct]) => byVendor.test(vendor) && (byProduct?.test(product) ?? true));
  if (named !== undefined) return named[0];
  if (/kvm-clock/.test(clocks) || /\bkvm\b/i.test(`${vendor} ${product}`)) return 'kvm';
  const virtual = /^flags\s*:.*\bhypervisor\b/m.test(cpuinfo);
  if (/qemu|bochs/i.test(`${vendor} ${product}`) || /^(seabios|qemu)/i.test(bios)) return 'qemu';
  // Whole machines of theirs have the same vendor, and no hypervisor.
  if (kvmClouds.test(vendor) && !/metal/i.test(product)) return 'kvm';
  if (/hyperv/.test(clocks)) return 'hyperv';
  return virtual ? 'some' : undefined;
};

export const readSigns = async (): Promise<MachineSigns> => {
  const dmi = (name: string): Promise<string | undefined> => readText(`/sys/class/dmi/id/${name}`);
  const [root, run] = await Promise.all([namesIn('/'), namesIn('/run')]);
  const [containerKind, cgroup, mounts, osRelease, hypervisor, vendor, product, bios, cpuinfo, clocks] = await Promise.all([
    readText('/run/systemd/container'),
    readText('/proc/1/cgroup'),
    readText('/proc/self/mounts'),
    readText('/proc/sys/kernel/osrelease'),
    readText('/sys/hypervisor/type'),
    dmi('sys_vendor'),
    dmi('product_name'),
    dmi('bios_vendor'),
    readText('/proc/cpuinfo'),
    readText('/sys/devices/system/clocksource/clocksource0/available_clocksource'),
  ]);
  const seen = { dockerenv: root.includes('.dockerenv'), containerenv: run.includes('.containerenv') };
  const rootMount = mounts?.split('\n').find((line) => line.split(' ')[1] === '/');
  return { ...seen, containerKind, cgroup, rootMount, osRelease, hypervisor, vendor, product, bios, cpuinfo, clocks };
};

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
