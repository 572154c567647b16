import { describe, expect, it } from '@jest/globals';
import { Secret } from '@klevr/recipes/secret';
import { containerOptions, limitOptions } from './container-options.js';
import { desiredState } from './desired-state.js';
import { readSection } from '../read-section.js';
import { DockerSpec } from './docker-spec.js';

const owner = { id: 'res_01', name: 'shop', zoneName: 'demo', revision: 1 };
const files = {
  folder: '/',
  list: () => [],
  read: () => Promise.reject(new Error('no file')),
  render: () => Promise.reject(new Error('no file')),
};

const optionsOf = async (container: object): Promise<ReturnType<typeof containerOptions>> => {
  const spec = readSection(DockerSpec, {
    networks: { a: {}, b: {} },
    volumes: { data: {} },
    containers: { web: { image: 'app:1', ...container } },
  });
  const [desired] = (await desiredState(spec, { resource: owner, files })).containers;
  if (desired === undefined) throw new Error('there is no container');
  return containerOptions(desired, (key) => `shop-${key}`);
};

describe('what the Docker Engine is told to make', () => {
  it('is a bounded log, a restart and nothing that was not asked for', async () => {
    const { HostConfig, Labels, ...rest } = await optionsOf({});
    expect(rest).toEqual({ name: 'shop-web', Image: 'app:1', Env: [], ExposedPorts: {} });
    expect(HostConfig).toEqual({
      ...{ Memory: 0, NanoCpus: 0, RestartPolicy: { Name: 'unless-stopped', MaximumRetryCount: 0 }, PortBindings: {}, Mounts: [] },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
    });
    expect(Labels).toMatchObject({ 'klevr.resource': 'res_01', 'klevr.zone': 'demo', 'klevr.part': 'container/web' });
  });

  it('has secrets in its environment, and only their marks in its labels', async () => {
    const { Env, Labels } = await optionsOf({ env: { KEY: new Secret('key', 'hidden-value', 'salt'), COUNT: 3, ON: true } });
    expect(Env).toEqual(['KEY=hidden-value', 'COUNT=3', 'ON=true']);
    expect(JSON.stringify(Labels)).not.toContain('hidden-value');
  });

  it('has its ports, mounts and first network', async () => {
    const { HostConfig, NetworkingConfig, ExposedPorts } = await optionsOf({
      ports: [{ container: 53, protocol: 'udp', host: 5353 }, { container: 80 }],
      mounts: [
        { volume: 'data', path: '/data' },
        { bind: '/srv', path: '/srv' },
        { tmpfs: true, path: '/tmp', sizeBytes: 8192, mode: '1777' },
      ],
      networks: [{ network: 'a', aliases: ['www'], address: '10.1.2.3' }, 'b'],
    });
    expect(ExposedPorts).toEqual({ '53/udp': {}, '80/tcp': {} });
    expect(HostConfig?.PortBindings).toEqual({
      '53/udp': [{ HostIp: '0.0.0.0', HostPort: '5353' }],
      '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '' }],
    });
    expect(HostConfig?.Mounts).toEqual([
      { Type: 'volume', Source: 'shop-data', Target: '/data', ReadOnly: false },
      { Type: 'bind', Source: '/srv', Target: '/srv', ReadOnly: true },
      { Type: 'tmpfs', Source: '', Target: '/tmp', TmpfsOptions: { SizeBytes: 8192, Mode: 0o1777 } },
    ]);
    expect(HostConfig?.NetworkMode).toBe('shop-a');
    expect(NetworkingConfig).toEqual({
      EndpointsConfig: { 'shop-a': { Aliases: ['web', 'www'], IPAMConfig: { IPv4Address: '10.1.2.3' } } },
    });
  });

  it('takes limits away by the words that the engine knows', () => {
    const { containers } = readSection(DockerSpec, { containers: { web: { image: 'a', job: true, resources: { cpus: 0.5 } } } });
    const spec = containers['web'];
    expect(spec && limitOptions(spec)).toEqual({
      ...{ Memory: 0, MemorySwap: -1, NanoCpus: 500_000_000, PidsLimit: -1 },
      RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
    });
  });
});
