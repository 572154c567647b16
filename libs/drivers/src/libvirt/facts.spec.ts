import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type MachineFacts, machineXml, readMachine } from './machine-facts.js';
import { networkXml, readNetwork } from './network-facts.js';
import { macOf, markElement, ownVolume, readMark, uuidOf, volumeName } from './ownership.js';
import { readVolume, volumeXml } from './volume-facts.js';
import { readXml } from './xml.js';

/** Without what XML cannot hold, and without line ends, which readers make spaces of. */
const path = fc
  .string({ minLength: 1, unit: 'grapheme', maxLength: 40 })
  .map((text) => `/${text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '')}x`);
const maybe = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(of, { nil: null });
const machines: fc.Arbitrary<MachineFacts> = fc.record({
  virtualisation: fc.constantFrom('kvm', 'qemu', 'test'),
  memoryKiB: fc.integer({ min: 1, max: 2 ** 40 }),
  vcpus: fc.integer({ min: 1, max: 256 }),
  cpu: fc.constantFrom('default', 'host'),
  ...{ kernel: maybe(path), initrd: maybe(path), cmdline: maybe(path), consoleLog: maybe(path) },
  disks: fc.array(fc.record({ path, format: fc.constantFrom('raw', 'qcow2'), readOnly: fc.boolean() }), { maxLength: 5 }),
  networks: fc.array(
    fc.oneof(
      fc.record({ type: fc.constantFrom('network', 'bridge'), source: path, mac: fc.constant('52:54:00:00:00:01') }),
      fc.constant({ type: 'user', source: '', mac: '52:54:00:00:00:02' }),
    ),
    { maxLength: 4 },
  ),
});
const identity = {
  uuid: uuidOf('res', 'domain/vm'),
  name: 'a <b> & "c"',
  mark: markElement({ resourceId: 'res', part: 'domain/vm', reverted: "it's" }),
};

describe('descriptions of libvirt', () => {
  it('of machines say all that is compared, whatever texts are in it', () => {
    fc.assert(
      fc.property(machines, (facts) => {
        const whole = facts.kernel === null ? { ...facts, initrd: null, cmdline: null } : facts;
        const xml = machineXml(identity, whole);
        expect(readMachine(xml)).toEqual(whole);
        expect(readXml(xml).text('name')).toBe(identity.name);
      }),
    );
  });

  it.each([
    { mode: 'nat', address: '192.0.2.1/24', dhcpFrom: '192.0.2.2', dhcpTo: '192.0.2.9' },
    { mode: 'route', address: '192.0.2.1/30', dhcpFrom: null, dhcpTo: null },
    { mode: 'isolated', address: '10.0.0.1/8', dhcpFrom: null, dhcpTo: null },
  ] as const)('of networks say all that is compared: $mode', (facts) => {
    expect(readNetwork(networkXml(identity, facts))).toEqual(facts);
  });

  it('of networks are read with a netmask too', () => {
    expect(readNetwork('<network><name>n</name><ip address="192.0.2.1" netmask="255.255.252.0"/></network>').address).toBe('192.0.2.1/22');
  });

  it('of volumes are read in whatever unit they count', () => {
    const volume = { name: 'v', format: 'qcow2', capacityBytes: 1_048_576, backing: { path: '/base', format: 'raw' } };
    expect(readVolume(volumeXml(volume))).toEqual({ format: 'qcow2', capacityBytes: 1_048_576, backing: '/base' });
    expect(readVolume('<volume><capacity unit="GiB">2</capacity></volume>')).toEqual({
      format: 'raw',
      capacityBytes: 2 ** 31,
      backing: null,
    });
    expect(() => readVolume('<volume><capacity unit="KB">2</capacity></volume>')).toThrow('libvirt counts in KB');
  });

  it('carry whose they are', () => {
    const mark = { resourceId: 'res', part: 'domain/vm', reverted: "it's" };
    expect(readMark(markElement(mark))).toEqual(mark);
    expect(readMark('<x xmlns="urn:other"/>')).toBeUndefined();
    expect(ownVolume('res', volumeName('res', 'disk', 'vm-root.12'))).toEqual({ kind: 'disk', name: 'vm-root.12' });
    expect(ownVolume('res', volumeName('res2', 'disk', 'vm-root.12'))).toBeUndefined();
    expect(ownVolume('res', 'klevr.res.other.x')).toBeUndefined();
  });

  it('have UUIDs and addresses that follow from the place, and no other place has', () => {
    const places = Array.from({ length: 50 }, (_, index) => `domain/${index}`);
    expect(new Set(places.map((part) => uuidOf('res', part))).size).toBe(50);
    expect(uuidOf('res', 'domain/vm')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(uuidOf('res', 'domain/vm')).toBe(uuidOf('res', 'domain/vm'));
    expect(macOf('res', 'vm', 0)).toMatch(/^52:54:00(:[0-9a-f]{2}){3}$/);
    expect(macOf('res', 'vm', 0)).not.toBe(macOf('res', 'vm', 1));
  });
});
