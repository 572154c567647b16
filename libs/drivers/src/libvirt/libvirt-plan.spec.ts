import { describe, expect, it } from '@jest/globals';
import type { Goal } from '../driver.js';
import { readSection } from '../read-section.js';
import { type Planned, planOf } from './libvirt-plan.js';
import { LibvirtSpec } from './libvirt-spec.js';
import type { MachineFacts } from './machine-facts.js';
import type { PresentMachine, PresentNetwork, PresentVolume } from './present.js';
import type { WishedMachine, WishedNetwork, WishedVolume } from './wish.js';

const present: Goal = { present: true };
const MIB = 1024 ** 2;
const facts: MachineFacts = {
  ...{ virtualisation: 'qemu', memoryKiB: 1024, vcpus: 1, cpu: 'default', kernel: null, initrd: null, cmdline: null, consoleLog: '/log' },
  disks: [{ path: '/pool/data', format: 'qcow2', readOnly: false }],
  networks: [{ type: 'network', source: 'klevr-r-lan', mac: '52:54:00:00:00:01' }],
};
const lan = { mode: 'nat', address: '192.0.2.1/24', dhcpFrom: null, dhcpTo: null } as const;
const network: WishedNetwork = { part: 'network/lan', key: 'lan', uuid: 'n', name: 'klevr-r-lan', facts: lan, autostart: true };
const volume: WishedVolume = {
  ...{
    part: 'volume/data',
    key: 'data',
    kind: 'data',
    name: 'klevr.r.data.data',
    path: '/pool/data',
    format: 'qcow2',
    capacityBytes: 2 * MIB,
  },
  ...{ backing: undefined, content: undefined, copyOf: undefined },
};
const machine = (more: object = {}): WishedMachine => {
  // What the machine needs of the rest of the section is no matter here.
  const spec = readSection(LibvirtSpec, { machines: { vm: { memoryMiB: 8, ...more } } }).machines['vm'];
  if (spec === undefined) throw new Error('there is no machine');
  return { part: 'domain/vm', key: 'vm', uuid: 'd', name: 'klevr-r-vm', facts, spec };
};
const hasNetwork = (more: Partial<PresentNetwork> = {}): PresentNetwork => ({
  ...{ part: 'network/lan', ref: { name: 'klevr-r-lan', uuid: 'n' }, marked: true, facts: lan, active: true, autostart: true },
  ...more,
});
const hasVolume = (more: Partial<PresentVolume> = {}): PresentVolume => ({
  ...{ part: 'volume/data', kind: 'data', key: 'data', ref: { pool: 'p', name: 'klevr.r.data.data', key: '/pool/data' }, whole: true },
  facts: { format: 'qcow2', capacityBytes: 2 * MIB, backing: null },
  ...more,
});
const hasMachine = (more: Partial<PresentMachine> = {}): PresentMachine => ({
  ...{
    part: 'domain/vm',
    ref: { name: 'klevr-r-vm', uuid: 'd', id: 1 },
    mark: { resourceId: 'r', part: 'domain/vm', reverted: undefined },
  },
  ...{ state: 'running', persistent: true, autostart: true, kept: facts, running: facts, snapshots: [] },
  ...more,
});
const planned = (more: Partial<Planned> = {}): string[] =>
  planOf({
    wish: { networks: [network], volumes: [volume], machines: [machine()] },
    present: { networks: [hasNetwork()], volumes: [hasVolume()], machines: [hasMachine()] },
    ...{ goal: present, pool: { name: 'p', active: true }, usable: ['kvm', 'qemu'] },
    ...more,
  })
    .filter(({ action }) => action !== 'none')
    .map(({ part, action, reason, fields }) =>
      [action, part, ...(reason === undefined ? [] : [`(${reason})`]), ...fields.map(({ path }) => path)].join(' '),
    );
const seen = (machines: PresentMachine[], volumes = [hasVolume()], networks = [hasNetwork()]): Partial<Planned> => ({
  present: { machines, volumes, networks },
});

describe('the plan for libvirt', () => {
  it('has nothing to do where all is as it shall be', () => {
    expect(planned()).toEqual([]);
  });

  it('makes what machines need before them, and removes what they left after them', () => {
    const old = hasVolume({ part: 'disk/vm-root.1', kind: 'disk', ref: { pool: 'p', name: 'old', key: '/old' } });
    const other = hasMachine({ part: 'domain/old' });
    const plan = planned({ ...seen([other], [old], [hasNetwork({ part: 'network/old' })]), pool: { name: 'p', active: false } });
    expect(plan.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      ...['create pool/p', 'create network/lan', 'create volume/data', 'delete domain/old', 'create domain/vm'],
      ...['delete disk/vm-root.1', 'delete network/old'],
    ]);
  });

  it.each<[string, Partial<PresentMachine>, string]>([
    ['that is off', { state: 'shut off', running: undefined }, 'update domain/vm state'],
    ['that crashed', { state: 'crashed', running: undefined }, 'update domain/vm state'],
    ['that hangs', { state: 'paused' }, 'update domain/vm (restart needed) state'],
    ['of another size', { kept: { ...facts, vcpus: 2 }, running: { ...facts, vcpus: 2 } }, 'update domain/vm (restart needed) vcpus'],
    ['that was defined anew and not restarted', { running: { ...facts, vcpus: 2 } }, 'update domain/vm (restart needed) running.vcpus'],
    ['that somebody undefined', { persistent: false }, 'update domain/vm (its description is written anew) kept'],
    ['whose mark was taken away', { mark: undefined }, 'update domain/vm (its description is written anew) mark'],
    ['of another name', { ref: { name: 'x', uuid: 'd', id: 1 } }, 'replace domain/vm (its description is written anew) name'],
  ])('mends a machine %s', (_, more, line) => {
    expect(planned(seen([hasMachine(more)]))).toEqual([line]);
  });

  it('leaves a machine the kind of virtualisation that it has, as long as there is that kind', () => {
    const emulated = {
      ...seen([hasMachine()]),
      wish: { networks: [network], volumes: [volume], machines: [{ ...machine(), facts: { ...facts, virtualisation: 'kvm' } }] },
    };
    expect(planned(emulated)).toEqual([]);
    expect(planned({ ...emulated, usable: ['kvm'] })).toEqual(['update domain/vm (restart needed) virtualisation']);
  });

  it('lets a machine that is to be off be off', () => {
    const wish = { networks: [network], volumes: [volume], machines: [machine({ state: 'stopped' })] };
    expect(planned({ ...seen([hasMachine({ state: 'shut off', running: undefined })]), wish })).toEqual([]);
    expect(planned({ ...seen([hasMachine()]), wish })).toEqual(['update domain/vm state']);
  });

  it('switches a machine off for what cannot be changed while it runs', () => {
    const small = hasVolume({ facts: { format: 'qcow2', capacityBytes: MIB, backing: null } });
    expect(planned(seen([hasMachine()], [small]))).toEqual([
      'update volume/data (its machine is switched off meanwhile) capacityBytes',
      'update domain/vm (restart needed) uses',
    ]);
    expect(planned(seen([hasMachine()], [hasVolume()], [hasNetwork({ facts: { ...lan, address: '192.0.2.1/25' } })]))).toEqual([
      'replace network/lan (its machines are switched off meanwhile) address',
      'update domain/vm (restart needed) uses',
    ]);
    expect(planned(seen([hasMachine()], [hasVolume()], [hasNetwork({ active: false })]))).toEqual([
      'update network/lan active',
      'update domain/vm (restart needed) uses',
    ]);
    expect(planned(seen([hasMachine()], [hasVolume()], [hasNetwork({ autostart: false })]))).toEqual(['update network/lan autostart']);
  });

  it('refuses what would lose data', () => {
    const large = hasVolume({ facts: { format: 'qcow2', capacityBytes: 3 * MIB, backing: null } });
    expect(() => planned(seen([hasMachine()], [large]))).toThrow('volumes.data: has 3145728 bytes already, and cannot be made smaller');
    const raw = hasVolume({ facts: { format: 'raw', capacityBytes: 2 * MIB, backing: null } });
    expect(() => planned(seen([hasMachine()], [raw]))).toThrow('volumes.data: is of format raw');
  });

  it('keeps data that nothing uses any more, and what it finds when the resource goes, unless data are to go', () => {
    const wish = { networks: [], volumes: [], machines: [] };
    expect(planned({ wish })).toEqual([
      'delete domain/vm (is not wanted any more)',
      'keep volume/data (holds data; nothing uses it any more)',
      'delete network/lan (is not wanted any more)',
    ]);
    expect(planned({ goal: { present: false, deleteData: false } })).toEqual([
      'delete domain/vm',
      'keep volume/data (holds data)',
      'delete network/lan',
    ]);
    expect(planned({ goal: { present: false, deleteData: true } })).toEqual([
      'delete domain/vm',
      'delete volume/data',
      'delete network/lan',
    ]);
  });

  it('makes and deletes snapshots by their names, and goes back once for each token', () => {
    const wish = (spec: object): Partial<Planned> => ({ wish: { networks: [network], volumes: [volume], machines: [machine(spec)] } });
    expect(planned({ ...seen([hasMachine({ snapshots: ['b'] })]), ...wish({ snapshots: ['a'] }) })).toEqual([
      'create snapshot/vm/a',
      'delete snapshot/vm/b',
    ]);
    const back = wish({ snapshots: ['a'], revert: { to: 'a', token: 'x' } });
    expect(planned({ ...seen([hasMachine({ snapshots: ['a'] })]), ...back })).toEqual([
      'update domain/vm (its description is written anew) reverted',
    ]);
    const done = hasMachine({ snapshots: ['a'], mark: { resourceId: 'r', part: 'domain/vm', reverted: 'x' } });
    expect(planned({ ...seen([done]), ...back })).toEqual([]);
  });
});
