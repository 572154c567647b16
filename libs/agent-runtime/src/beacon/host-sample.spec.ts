import { describe, expect, it } from '@jest/globals';
import { cpuSecondsFrom, memoryFrom, networkFrom, sampleHost } from './host-sample.js';

describe('what the kernel says of the host', () => {
  it('is processor time in seconds, all processors together', () => {
    const stat = 'cpu  1000 20 300 40000 50 6 7 8 0 0\ncpu0 500 10 150 20000 25 3 3 4 0 0\nintr 1\n';
    expect(cpuSecondsFrom(stat)).toEqual({ user: 10, nice: 0.2, system: 3, idle: 400, iowait: 0.5, irq: 0.06, softirq: 0.07, steal: 0.08 });
    expect(cpuSecondsFrom('')).toEqual({});
  });

  it('is memory in bytes, without what an old kernel does not tell', () => {
    expect(memoryFrom('MemTotal:       16 kB\nMemFree:   8 kB\nSwapCached: 1 kB\nSwapTotal:  2 kB\n')).toEqual({
      total: 16_384,
      free: 8_192,
      swap_total: 2_048,
    });
  });

  it('is traffic by device, without the loopback', () => {
    const dev = [
      'Inter-|   Receive                                                |  Transmit',
      ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed',
      '    lo: 1 2 0 0 0 0 0 0 1 2 0 0 0 0 0 0',
      '  eth0:900 2 3 0 0 0 0 0 800 2 4 0 0 0 0 0',
    ].join('\n');
    expect(networkFrom(dev)).toEqual([{ device: 'eth0', receivedBytes: 900, sentBytes: 800, errors: 7 }]);
    expect(networkFrom('')).toEqual([]);
  });

  it('can be had on this host', async () => {
    const sample = await sampleHost();
    expect(sample.cpuSeconds['idle']).toBeGreaterThan(0);
    expect(sample.memoryBytes['total']).toBeGreaterThan(0);
    expect(sample.disks.find(({ mount }) => mount === '/')?.totalBytes).toBeGreaterThan(0);
  });
});
