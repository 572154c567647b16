import { describe, expect, it } from '@jest/globals';
import { HostFacts } from '@klevr/contracts/agent';
import { mountsFrom } from './disks.js';
import { collectHostFacts, collectHostFactsAnew } from './host-facts.js';

describe('the facts of a host', () => {
  it('are what the contract says they are', async () => {
    const path = process.env['PATH'] ?? '';
    const facts = await collectHostFacts(path);
    expect(HostFacts.parse(facts)).toEqual(facts);
    expect(facts.disks.map(({ mount }) => mount)).toContain('/');
    const anew = await collectHostFactsAnew(path);
    expect(HostFacts.parse(anew)).toEqual(anew);
    expect(anew.capabilities['bash']).toMatch(/^\d+\.\d+/);
  });

  it('name each device once, and the root', () => {
    const text = 'overlay / overlay rw 0 0\nproc /proc proc rw 0 0\n/dev/sda1 /mnt/a\\040b ext4 rw 0 0\n/dev/sda1 /again ext4 rw 0 0';
    expect(mountsFrom(text)).toEqual(['/', '/mnt/a b']);
  });

  it('name the root also where the table of mounts does not', () => {
    expect(mountsFrom('/dev/sda1 /data ext4 rw 0 0')).toEqual(['/', '/data']);
    expect(mountsFrom('')).toEqual(['/']);
  });
});
