import { describe, expect, it } from '@jest/globals';
import type { AgentStatus, HostFacts } from '@klevr/contracts/agent';
import { factChanges, helloChanges } from './hello-changes.js';

const facts: HostFacts = {
  ...{ user: 'root', type: 'vm', hostname: 'web-1', addresses: ['10.0.0.1', 'fe80::1'], os: 'linux', kernel: '6.1', architecture: 'x64' },
  ...{ bootId: 'b1', uptimeSeconds: 1, cpu: { count: 2, model: 'm' }, memory: { totalBytes: 1 }, capabilities: { bash: '5.2' } },
  disks: [{ mount: '/', totalBytes: 10, freeBytes: 5 }],
};
const before = (status: AgentStatus, drained = false) => ({ status, drained, facts, bootId: 'b1' });

describe('what changed about a host', () => {
  it('is nothing where only uptime, free space or the order of addresses is another', () => {
    const now = { ...facts, uptimeSeconds: 99, addresses: ['fe80::1', '10.0.0.1'], disks: [{ mount: '/', totalBytes: 10, freeBytes: 1 }] };
    expect(factChanges({ facts, bootId: null }, now)).toEqual([]);
  });

  it('is told apart: boot, network, and other facts by name, such that appear or go included', () => {
    const { kernel: _kernel, ...rest } = facts;
    const now = { ...rest, kernel: '6.2', bootId: 'b2', addresses: ['10.0.0.9'], virtualization: 'kvm', capabilities: {} };
    expect(factChanges({ facts, bootId: 'b1' }, now)).toEqual([
      { type: 'host.rebooted', data: { from: 'b1', to: 'b2' } },
      { type: 'host.networkChanged', data: { from: ['10.0.0.1', 'fe80::1'], to: ['10.0.0.9'] } },
      { type: 'host.factsChanged', data: { changed: ['kernel', 'capabilities', 'virtualization'] } },
    ]);
  });

  it('is unknown where nothing was known', () => {
    expect(factChanges({ facts: {}, bootId: null }, facts)).toEqual([]);
  });
});

describe('a hello', () => {
  const cases: [AgentStatus, boolean, number | undefined, string | undefined, string | undefined][] = [
    ['online', false, undefined, undefined, undefined],
    ['drained', true, undefined, undefined, undefined],
    ['pending', false, undefined, 'online', 'said hello'],
    ['suspect', true, undefined, 'drained', 'said hello'],
    ['suspended', false, 30, 'online', 'back after sleeping 30 s'],
    ['online', false, 12.6, 'online', 'back after sleeping 13 s'],
    ['lost', false, 90, 'online', 'back after sleeping 90 s; it had been taken for lost, and slept'],
  ];
  it.each(cases)('of one that was %s (drained: %s), slept %s s: %s, %s', (status, drained, sleptSeconds, to, cause) => {
    const { status: change, events } = helloChanges(before(status, drained), { facts, sleptSeconds, again: false });
    expect([change?.to, change?.cause]).toEqual([to, cause]);
    expect(events.map(({ type }) => type)).toEqual(to === undefined ? [] : ['host.online']);
  });

  it('after a reboot says so', () => {
    const { status } = helloChanges(before('lost'), { facts: { ...facts, bootId: 'b2' }, again: false });
    expect(status).toEqual({ to: 'online', cause: 'back after a reboot' });
  });
});
