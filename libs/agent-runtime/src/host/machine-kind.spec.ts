import { describe, expect, it } from '@jest/globals';
import { machineKindFrom, readSigns, type MachineSigns } from './machine-kind.js';

const nothing: MachineSigns = {
  ...{ dockerenv: false, containerenv: false, containerKind: undefined, cgroup: undefined, rootMount: undefined, osRelease: '6.1.0' },
  ...{ hypervisor: undefined, vendor: undefined, product: undefined, bios: undefined, cpuinfo: undefined, clocks: 'tsc hpet acpi_pm' },
};
const hypervisor = 'flags\t\t: fpu vme hypervisor lahf_lm';
const kvmClocks = 'tsc kvm-clock acpi_pm';

describe('the kind of a machine', () => {
  it.each<[string, string | undefined, Partial<MachineSigns>]>([
    ['container', 'docker', { dockerenv: true, vendor: 'QEMU', clocks: kvmClocks }],
    ['container', 'docker', { cgroup: '12:pids:/docker/0123456789abcdef' }],
    ['container', 'docker', { cgroup: '0::/', rootMount: 'overlay / overlay rw,lowerdir=/var/lib/docker/overlay2/l/AB 0 0' }],
    ['container', 'podman', { containerenv: true, dockerenv: true }],
    ['container', 'podman', { cgroup: '0::/machine.slice/libpod-1234.scope' }],
    ['container', 'lxc', { cgroup: '1:name=systemd:/lxc/web/init.scope' }],
    ['container', 'lxc', { containerKind: 'lxc' }],
    ['container', 'systemd-nspawn', { containerKind: 'systemd-nspawn' }],
    ['container', 'containerd', { cgroup: '0::/system.slice/containerd.service/kubepods-pod1' }],
    ['container', undefined, { cgroup: '0::/kubepods/besteffort/pod1' }],
    ['vm', 'wsl', { osRelease: '5.15.153.1-microsoft-standard-WSL2', containerKind: 'wsl', cpuinfo: hypervisor }],
    ['vm', 'xen', { hypervisor: 'xen', vendor: 'Amazon EC2', bios: '4.11.amazon' }],
    ['vm', 'xen', { vendor: 'Xen', product: 'HVM domU' }],
    ['vm', 'vmware', { vendor: 'VMware, Inc.', product: 'VMware Virtual Platform', cpuinfo: hypervisor }],
    ['vm', 'virtualbox', { vendor: 'innotek GmbH', product: 'VirtualBox', clocks: kvmClocks }],
    ['vm', 'hyperv', { vendor: 'Microsoft Corporation', product: 'Virtual Machine', cpuinfo: hypervisor }],
    ['vm', 'kvm', { vendor: 'QEMU', product: 'Standard PC (Q35 + ICH9, 2009)', clocks: kvmClocks }],
    ['vm', 'qemu', { vendor: 'QEMU', product: 'Standard PC (i440FX + PIIX, 1996)', cpuinfo: hypervisor }],
    ['vm', 'kvm', { vendor: 'Amazon EC2', product: 'm6a.2xlarge' }],
    ['vm', 'kvm', { vendor: 'Hetzner', product: 'vServer', clocks: kvmClocks }],
    ['vm', 'kvm', { clocks: kvmClocks }],
    ['vm', undefined, { vendor: 'Unheard Of', cpuinfo: hypervisor }],
    ['physical', 'none', { vendor: 'Dell Inc.', product: 'PowerEdge R640', cpuinfo: 'flags : fpu vmx' }],
    ['physical', 'none', { vendor: 'Amazon EC2', product: 'm5.metal' }],
    ['physical', 'none', { vendor: 'Microsoft Corporation', product: 'Surface Laptop 4' }],
    ['unknown', undefined, {}],
  ])('%s, %s: %j', (type, virtualization, signs) => {
    expect(machineKindFrom({ ...nothing, ...signs })).toEqual({ type, virtualization });
  });

  it('is read from this machine without a fault', async () => {
    expect(['container', 'vm', 'physical', 'unknown']).toContain(machineKindFrom(await readSigns()).type);
  });
});
