import { describe, expect, it } from '@jest/globals';
import { HostFacts } from '@klevr/contracts/agent';
import { FakeClock } from '@klevr/platform/fake-clock';
import { KeptLog } from '../kept-log.fixture.js';
import { versionFrom } from './capabilities.js';
import { FactsWatch } from './facts-watch.js';
import { collectHostFacts, mountsFrom, typeFrom } from './host-facts.js';

const signs = { container: false, cgroup: undefined, vendor: undefined, cpuinfo: undefined };

describe('the facts of a host', () => {
  it('are what the contract says they are', async () => {
    const facts = await collectHostFacts(process.env['PATH'] ?? '');
    expect(HostFacts.parse(facts)).toEqual(facts);
    expect(facts.disks.map(({ mount }) => mount)).toContain('/');
  });

  it.each([
    ['container', { ...signs, container: true, vendor: 'QEMU' }],
    ['container', { ...signs, cgroup: '0::/kubepods/besteffort/pod1' }],
    ['vm', { ...signs, vendor: 'QEMU' }],
    ['vm', { ...signs, cpuinfo: 'flags\t\t: fpu hypervisor lahf_lm' }],
    ['physical', { ...signs, vendor: 'Dell Inc.' }],
    ['unknown', signs],
  ])('tell a %s by its signs', (type, found) => {
    expect(typeFrom(found)).toBe(type);
  });

  it('name each device once, and the root', () => {
    const text = 'overlay / overlay rw 0 0\nproc /proc proc rw 0 0\n/dev/sda1 /mnt/a\\040b ext4 rw 0 0\n/dev/sda1 /again ext4 rw 0 0';
    expect(mountsFrom(text)).toEqual(['/', '/mnt/a b']);
  });

  it('name the root also where the table of mounts does not', () => {
    expect(mountsFrom('/dev/sda1 /data ext4 rw 0 0')).toEqual(['/', '/data']);
    expect(mountsFrom('')).toEqual(['/']);
  });

  it.each([
    ['Docker version 20.10.24+dfsg1, build 297e128', '20.10.24+dfsg1'],
    ['git version 2.39.5', '2.39.5'],
    ['v3.12.0+gc9f554d', '3.12.0+gc9f554d'],
    ['systemd 252 (252.39-1~deb12u1)', '252'],
    ['', undefined],
  ])('find the version in %j', (text, version) => {
    expect(versionFrom(text)).toBe(version);
  });
});

describe('the watch over the facts', () => {
  it('tells of changes that last, and not of time passing', async () => {
    const clock = new FakeClock();
    let facts = await collectHostFacts('');
    const told: HostFacts[] = [];
    const tell = (found: HostFacts): Promise<void> => Promise.resolve(void told.push(found));
    const watch = new FactsWatch({ collect: () => Promise.resolve(facts), tell, clock, log: new KeptLog() });
    watch.start();
    await clock.advanceAsync(360_000);
    facts = { ...facts, uptimeSeconds: facts.uptimeSeconds + 300 };
    await clock.advanceAsync(360_000);
    expect(told).toHaveLength(1);
    facts = { ...facts, hostname: 'renamed' };
    await clock.advanceAsync(360_000);
    expect(told.map(({ hostname }) => hostname).at(-1)).toBe('renamed');
    watch.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});
