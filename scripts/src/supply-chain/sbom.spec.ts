import { describe, expect, it } from '@jest/globals';
import { LockFile } from './lock-file.js';
import { sbomFaults, settled } from './sbom.js';

const lock = LockFile.parse({
  lockfileVersion: 3,
  packages: {
    '': { name: 'klevr', version: '0.1.0' },
    'libs/a': { name: '@klevr/a', version: '0.1.0' },
    'node_modules/x': { version: '1.0.0', integrity: 'sha512-AAAA' },
    'node_modules/tool': { version: '2.0.0', integrity: 'sha512-BBBB', dev: true },
    'node_modules/x-win32': { version: '1.0.0', optional: true, os: ['win32'], cpu: ['x64'] },
  },
});
const hashes = [{ alg: 'SHA-512', content: 'aa' }];
const licenses = [{ license: { id: 'MIT' } }];
const component = (ref: string, more: object = { hashes, licenses }) => {
  const at = ref.lastIndexOf('@');
  return { 'bom-ref': ref, name: ref.slice(0, at), version: ref.slice(at + 1), ...more };
};

const x = component('x@1.0.0');
const binary = component('x-win32@1.0.0', {});
const outputOf = (components: object[], serialNumber = 'urn:uuid:1', timestamp = '2026-11-23T00:00:00Z', folder = 'main') => ({
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  serialNumber,
  metadata: { timestamp, component: { ...component('klevr@0.1.0'), name: folder } },
  components,
  dependencies: [
    { ref: 'x@1.0.0', dependsOn: [] },
    { ref: 'klevr@0.1.0', dependsOn: ['x@1.0.0', 'tool@2.0.0', '@klevr/a@0.1.0'] },
    { ref: 'tool@2.0.0', dependsOn: [] },
  ],
});
const all = [component('tool@2.0.0'), x, binary, component('@klevr/a@0.1.0')];

describe('list of what is shipped', () => {
  it('is one text for one lock file, whoever makes it, when and where', () => {
    const one = settled(outputOf(all), lock);
    const other = settled(outputOf(all.toReversed(), 'urn:uuid:2', '2027-01-01T00:00:00Z', 'clone'), lock);
    expect(JSON.stringify(other)).toBe(JSON.stringify(one));
    expect(one.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(one.metadata.component.name).toBe('klevr');
  });

  it('has another serial number when it lists something else', () => {
    expect(settled(outputOf([x]), lock).serialNumber).not.toBe(settled(outputOf(all), lock).serialNumber);
  });

  it('leaves out what is for development only', () => {
    const { components, dependencies } = settled(outputOf(all), lock);
    expect(components.map((one) => one['bom-ref'])).toEqual(['@klevr/a@0.1.0', 'x-win32@1.0.0', 'x@1.0.0']);
    expect(dependencies).toEqual([
      { ref: 'klevr@0.1.0', dependsOn: ['@klevr/a@0.1.0', 'x@1.0.0'] },
      { ref: 'x@1.0.0', dependsOn: [] },
    ]);
  });

  it('is complete when every shipped package stands there with hash and licence', () => {
    expect(sbomFaults(settled(outputOf(all), lock), lock)).toEqual([]);
  });

  it.each([
    ['a package that lacks', [binary], ['x@1.0.0 lacks']],
    ['another version', [binary, component('x@1.0.1')], ['x@1.0.0 lacks']],
    ['one without hash and licence', [binary, component('x@1.0.0', {})], ['x@1.0.0 has no SHA-512', 'x@1.0.0 has no licence']],
  ])('names %s', (_what, components, faults) => {
    expect(sbomFaults(settled(outputOf(components), lock), lock)).toEqual(faults);
  });
});
