import { describe, expect, it } from '@jest/globals';
import type { HostFacts } from '@klevr/contracts/agent';
import { labelKey, labelValue } from '@klevr/contracts/labels';
import { selectorNames } from '@klevr/contracts/selector-names';
import { matches, parseSelector } from './selector.js';
import { selectable } from './selectable.js';

const gibibyte = 2 ** 30;
const facts: HostFacts = {
  user: 'klevr',
  type: 'vm',
  hostname: 'web-1.example.test',
  addresses: ['10.0.0.7', 'fe80::1'],
  os: 'linux',
  distribution: 'Debian GNU/Linux 12 (bookworm)',
  kernel: '6.1.0-18-amd64',
  architecture: 'x64',
  machineId: 'a1b2c3',
  bootId: '6f1e6e9c-0000-4000-8000-000000000001',
  uptimeSeconds: 3_600.4,
  cpu: { count: 8, model: 'AMD EPYC™ 7R13' },
  memory: { totalBytes: 15.6 * gibibyte },
  disks: [
    { mount: '/', totalBytes: 40 * gibibyte, freeBytes: 11 * gibibyte },
    { mount: '/data', totalBytes: 60 * gibibyte, freeBytes: 1 * gibibyte },
  ],
  capabilities: { docker: '20.10.24+dfsg1', bash: '5.2' },
  virtualization: 'kvm',
  cloud: { provider: 'aws', region: 'eu-west-1', zone: 'eu-west-1a', instanceId: 'i-0abc', instanceType: 'm6a.2xlarge' },
};
const place = { platform: 'aws', environment: 'prod' } as const;

const select = (text: string, labels = {}, told: Partial<HostFacts> = facts): boolean =>
  matches(parseSelector(text, 'label'), selectable(labels, told, place));

describe('what a selector may name of an agent', () => {
  it.each([
    'os=linux,arch=x64,type=vm,user=klevr,hostname=web-1.example.test',
    'distribution=Debian-GNU-Linux-12-bookworm',
    'kernel=6.1.0-18-amd64',
    'cpus=8,cpus>7,cpus<9,cpu-model=AMD-EPYC-7R13',
    'memory-gib=16,memory-gib>8',
    'disk-gib=100,disk-free-gib<13,disk-free-gib>11',
    'uptime-seconds=3600',
    'address=10.0.0.7',
    'address=fe80-1',
    'address!=10.0.0.8',
    'machine-id=a1b2c3,boot-id=6f1e6e9c-0000-4000-8000-000000000001',
    'virtualization in (kvm,qemu)',
    'cloud.provider=aws,cloud.region=eu-west-1,cloud.zone=eu-west-1a,cloud.instance-id=i-0abc,cloud.instance-type=m6a.2xlarge',
    'capability.docker,capability.docker=20.10.24-dfsg1,!capability.podman',
    'platform=aws,environment in (prod)',
  ])('%s', (text) => {
    expect(select(text)).toBe(true);
  });

  it.each(['cpus>8', 'os=darwin', 'capability.helm', 'address=10.0.0.8', 'address!=10.0.0.7', '!virtualization', 'environment=dev'])(
    'not %s',
    (text) => {
      expect(select(text)).toBe(false);
    },
  );

  it('is the label where there is one of that name', () => {
    expect(select('os=custom,cpus=many', { os: 'custom', cpus: 'many' })).toBe(true);
  });

  it('is not there where the host does not tell it', () => {
    const told = { os: 'linux', addresses: [] };
    expect(selectable({}, told, undefined)).toEqual({ os: 'linux' });
    expect(select('!cloud.provider,!cpus,!address,!memory-gib,cpus!=8', {}, told)).toBe(true);
  });

  it('has every name of the table, and only values that a selector can have', () => {
    const found = selectable({}, facts, place);
    expect(
      Object.keys(found)
        .filter((name) => !name.startsWith('capability.'))
        .sort(),
    ).toEqual(Object.keys(selectorNames).sort());
    for (const name of Object.keys(found)) expect(name).toMatch(labelKey);
    for (const value of Object.values(found).flat()) expect(value).toMatch(labelValue);
  });
});
