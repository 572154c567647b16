import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { HostFacts } from '@klevr/contracts/agent';
import { FakeClock } from '@klevr/platform/fake-clock';
import { eventually } from '@klevr/testing/eventually';
import { KeptLog } from '../kept-log.fixture.js';
import { FactsWatch } from './facts-watch.js';

const gibibyte = 2 ** 30;
const start: HostFacts = {
  ...{
    user: 'u',
    type: 'vm',
    hostname: 'h',
    addresses: ['10.0.0.1', '10.0.0.2'],
    os: 'linux',
    kernel: '6',
    architecture: 'x64',
    bootId: 'b',
  },
  ...{ uptimeSeconds: 1, cpu: { count: 1, model: 'm' }, memory: { totalBytes: gibibyte }, capabilities: { bash: '5' } },
  disks: [{ mount: '/', totalBytes: 100 * gibibyte, freeBytes: 50 * gibibyte }],
};

const watching = async (options: { folders?: string[]; tell?: () => void } = {}) => {
  const [clock, told] = [new FakeClock(), [] as HostFacts[]];
  const host = { facts: start, looks: 0 };
  const watch = new FactsWatch({
    known: () => Promise.resolve(start),
    collect: () => Promise.resolve((host.looks++, host.facts)),
    folders: options.folders ?? [],
    tell: async (facts) => {
      options.tell?.();
      told.push(facts);
    },
    ...{ clock, log: new KeptLog() },
  });
  watch.start();
  await clock.advanceAsync(0);
  const minutes = (count: number): Promise<void> => clock.advanceAsync(count * 75_000);
  return { clock, told, host, watch, minutes };
};

describe('the watch over the facts', () => {
  it('tells nothing that the first hello has told', async () => {
    const { told, host, watch, minutes } = await watching();
    await minutes(5);
    expect(host.looks).toBeGreaterThan(4);
    expect(told).toEqual([]);
    watch.stop();
  });

  it('tells what was found after the first hello, at once', async () => {
    const { clock, told, host, watch } = await watching();
    host.facts = { ...start, cloud: { provider: 'aws' } };
    await clock.advanceAsync(600);
    expect(told).toEqual([host.facts]);
    watch.stop();
  });

  it.each<[string, Partial<HostFacts>]>([
    ['an address', { addresses: ['10.0.0.1'] }],
    ['a tool', { capabilities: { bash: '5', docker: '20' } }],
    ['the name', { hostname: 'renamed' }],
    ['a disk', { disks: [...start.disks, { mount: '/data', totalBytes: gibibyte, freeBytes: gibibyte }] }],
    ['a lot of free space', { disks: [{ mount: '/', totalBytes: 100 * gibibyte, freeBytes: 39 * gibibyte }] }],
  ])('tells of %s once', async (_what, change) => {
    const { told, host, watch, minutes } = await watching();
    await minutes(2);
    host.facts = { ...start, ...change };
    await minutes(5);
    expect(told).toEqual([host.facts]);
    watch.stop();
  });

  it('does not tell of time passing, of another order, or of space that comes and goes', async () => {
    const { told, host, watch, minutes } = await watching();
    for (const freeBytes of [46, 54, 45.1, 54.9].map((size) => size * gibibyte)) {
      host.facts = {
        ...start,
        uptimeSeconds: host.facts.uptimeSeconds + 300,
        addresses: ['10.0.0.2', '10.0.0.1'],
        disks: [{ mount: '/', totalBytes: 100 * gibibyte, freeBytes }],
      };
      await minutes(2);
    }
    expect(told).toEqual([]);
    watch.stop();
  });

  it('tells again, soon, what could not be told', async () => {
    let refusals = 2;
    const tell = (): void => {
      if (refusals-- > 0) throw new Error('no session yet');
    };
    const { clock, told, host, watch } = await watching({ tell });
    host.facts = { ...start, hostname: 'renamed' };
    await clock.advanceAsync(30_000);
    expect(told).toEqual([host.facts]);
    watch.stop();
  });

  it('looks when something happens in the folders of tools, once for many events', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'klevr-watch-'));
    const { clock, told, host, watch } = await watching({ folders: [folder, join(folder, 'missing')] });
    try {
      await clock.advanceAsync(1_000);
      const looks = host.looks;
      host.facts = { ...start, capabilities: { docker: '20' } };
      for (let count = 0; count < 50; count++) await writeFile(join(folder, `tool-${count}`), '');
      await eventually('the events', 5_000, async () => {
        await clock.advanceAsync(1_000);
        return told.length > 0 ? true : undefined;
      });
      expect(told).toEqual([host.facts]);
      expect(host.looks - looks).toBeLessThan(4);
    } finally {
      watch.stop();
      await rm(folder, { recursive: true });
    }
    expect(clock.pendingTimers).toBe(0);
  });
});
