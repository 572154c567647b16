import { describe, expect, it } from '@jest/globals';
import { SpecProblem } from '../driver.js';
import { readSection } from '../read-section.js';
import { DockerSpec } from './docker-spec.js';

const faultsOf = (spec: Record<string, unknown>): string[] => {
  try {
    readSection(DockerSpec, spec);
    return [];
  } catch (error) {
    if (!(error instanceof SpecProblem)) throw error;
    return error.faults.map(({ path, message }) => `${path}: ${message}`);
  }
};

describe('the section of a recipe for the docker driver', () => {
  it('takes a field that is null as one that is not given', () => {
    const { containers } = readSection(DockerSpec, {
      containers: { web: { image: 'a', user: null, env: { A: null, B: 1 }, ports: [{ container: 80, host: null }] } },
    });
    expect(containers['web']).toMatchObject({ env: { B: 1 }, ports: [{ host: null, address: '0.0.0.0' }] });
    expect(containers['web']).not.toHaveProperty('user');
  });

  it('tells every name that leads nowhere, and circles', () => {
    const web = { image: 'a', networks: ['outer'], mounts: [{ volume: 'data', path: '/data' }], dependsOn: ['other', 'database'] };
    expect(faultsOf({ containers: { web, database: { image: 'a', dependsOn: ['web'] } } })).toEqual([
      'containers.web.networks.0: there is no network outer in this recipe',
      'containers.web.mounts.0.volume: there is no volume data in this recipe',
      'containers.web.dependsOn.0: there is no container other in this recipe',
      'containers.web.dependsOn: leads back to the container itself',
      'containers.database.dependsOn: leads back to the container itself',
    ]);
  });

  it.each([
    ['a line for a shell', { command: 'sleep 1' }, 'containers.web.command'],
    ['a label of Klevr', { labels: { 'klevr.resource': 'x' } }, 'containers.web.labels'],
    ['a path that leads out', { files: [{ path: '/etc/../x', content: '' }] }, 'containers.web.files.0.path'],
    ['a file with two contents', { files: [{ path: '/x', content: '', from: 'y' }] }, 'containers.web.files.0'],
    ['a file where nothing can be written', { readonlyRootfs: true, files: [{ path: '/x', content: '' }] }, 'containers.web.files.0.path'],
    ['networks beside the network of the host', { networkMode: 'host', ports: [{ container: 1 }] }, 'containers.web.networkMode'],
    ['a field that nobody knows', { privileged: true }, 'containers.web.privileged'],
  ])('refuses %s', (_what, container, path) => {
    expect(faultsOf({ containers: { web: { image: 'a', ...container } } })).toEqual([expect.stringContaining(`${path}: `)]);
  });

  it('keeps the names of containers that are being replaced to itself', () => {
    expect(faultsOf({ containers: { 'web-klevr-old': { image: 'a' } } })).not.toEqual([]);
  });
});
