import { describe, expect, it } from '@jest/globals';
import { SpecProblem } from '../driver.js';
import { readSection } from '../read-section.js';
import { LibvirtSpec } from './libvirt-spec.js';

const machine = { memoryMiB: 512 };
const faultsOf = (spec: Record<string, unknown>): string[] => {
  try {
    readSection(LibvirtSpec, spec);
    return [];
  } catch (error) {
    if (!(error instanceof SpecProblem)) throw error;
    return error.faults.map(({ path, message }) => `${path}: ${message}`);
  }
};

describe('the section for libvirt', () => {
  it('fills in what was not said', () => {
    expect(
      readSection(LibvirtSpec, { machines: { vm: { ...machine, disks: [{ name: 'root', image: { file: '/a.qcow2' }, sizeGiB: 4 }] } } }),
    ).toMatchObject({
      pool: 'klevr',
      machines: { vm: { vcpus: 1, cpu: 'default', boot: 'disk', state: 'running', autostart: true, shutdownSeconds: 60, snapshots: [] } },
    });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['an unknown field', { machines: {}, colour: 'red' }, 'colour: is not known'],
    ['too little memory', { machines: { vm: { memoryMiB: 1 } } }, 'machines.vm.memoryMiB: Too small: expected number to be >=8'],
    [
      'a path that is not absolute',
      { machines: { vm: { ...machine, boot: { kernel: { file: 'vmlinuz' } } } } },
      "machines.vm.boot.kernel.file: must be an absolute path on libvirt's host",
    ],
    ['a disk of nothing', { machines: { vm: { ...machine, disks: [{ name: 'a' }] } } }, 'machines.vm.disks.0: needs an image or a size'],
    [
      'a volume that is not there',
      { machines: { vm: { ...machine, disks: [{ volume: 'x' }] } } },
      'machines.vm.disks.0: there is no volume x',
    ],
    [
      'a network that is not there',
      { machines: { vm: { ...machine, networks: [{ network: 'x' }] } } },
      'machines.vm.networks.0: there is no network x',
    ],
    [
      'the same disk twice',
      { volumes: { x: { sizeGiB: 1 } }, machines: { vm: { ...machine, disks: [{ volume: 'x' }, { volume: 'x' }] } } },
      'machines.vm.disks.1: there is another x',
    ],
    [
      'a volume at two machines',
      {
        volumes: { x: { sizeGiB: 1 } },
        machines: { a: { ...machine, disks: [{ volume: 'x' }] }, b: { ...machine, disks: [{ volume: 'x' }] } },
      },
      'volumes.x: is a disk of more than one machine',
    ],
    [
      'a snapshot to go back to that is not kept',
      { machines: { vm: { ...machine, revert: { to: 's', token: '1' } } } },
      "machines.vm.revert.to: is not one of the machine's snapshots",
    ],
    [
      'an address that is none',
      { networks: { n: { address: '1.2.3.4' } }, machines: {} },
      'networks.n.address: must be an address with its prefix',
    ],
  ])('refuses %s, and says where', (_, spec, fault) => {
    expect(faultsOf(spec).join('\n')).toContain(fault);
  });

  it('takes an image and an initial file system whose file was not given for none', () => {
    const disks = [{ name: 'root', image: { format: 'raw' }, sizeGiB: 1 }];
    const spec = readSection(LibvirtSpec, { machines: { vm: { ...machine, disks, boot: { kernel: { file: '/vmlinuz' }, initrd: {} } } } });
    expect(spec.machines['vm']?.disks).toEqual([{ name: 'root', image: undefined, sizeGiB: 1 }]);
    expect(spec.machines['vm']?.boot).toEqual({ kernel: { file: '/vmlinuz' }, initrd: undefined, cmdline: '' });
    const bad = { ...machine, disks: [{ name: 'root', image: { path: '/x' } }] };
    expect(faultsOf({ machines: { vm: bad } }).join('\n')).toContain('machines.vm.disks.0');
  });

  it('names every fault at once', () => {
    const spec = {
      machines: { vm: { ...machine, disks: [{ volume: 'x' }], networks: [{ network: 'y' }], revert: { to: 's', token: '1' } } },
    };
    expect(faultsOf(spec)).toHaveLength(3);
  });
});
