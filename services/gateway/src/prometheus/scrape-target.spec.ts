import { describe, expect, it } from '@jest/globals';
import { agent } from '../samples.fixture.js';
import { scrapeTargetOf } from './scrape-target.js';

describe('the target of an agent', () => {
  it('is host and port of its beacon, with what is known of it as labels', () => {
    const target = scrapeTargetOf({ ...agent, beaconUrl: 'http://10.0.0.7:18800', labels: { role: 'web', 'a.b/c-d': 'x' } });
    expect(target?.targets).toEqual(['10.0.0.7:18800']);
    expect(target?.labels).toMatchObject({
      __scheme__: 'http',
      __meta_klevr_agent: agent.id,
      __meta_klevr_zone: 'demo',
      __meta_klevr_status: 'online',
      __meta_klevr_primary: 'true',
      __meta_klevr_drained: 'false',
      __meta_klevr_hostname: 'h1',
      __meta_klevr_label_role: 'web',
      __meta_klevr_label_a_b_c_d: 'x',
    });
  });

  it.each([
    ['http://h1', 'h1:80'],
    ['https://h1/', 'h1:443'],
    ['http://[fd00::1]:18800', '[fd00::1]:18800'],
  ])('of %s is %s', (beaconUrl, target) => {
    expect(scrapeTargetOf({ ...agent, beaconUrl })?.targets).toEqual([target]);
  });

  it.each([null, '', 'h1', 'ftp://h1/'])('is none for the beacon %j', (beaconUrl) => {
    expect(scrapeTargetOf({ ...agent, beaconUrl })).toBeUndefined();
  });

  it('has valid label names only, and of two that become one always the same', () => {
    const labels = { 'x.y': '1', 'x-y': '2' };
    const reversed = Object.fromEntries(Object.entries(labels).reverse());
    const [one, two] = [labels, reversed].map((given) => scrapeTargetOf({ ...agent, beaconUrl: 'http://h1:1', labels: given }));
    expect(one).toEqual(two);
    for (const name of Object.keys(one?.labels ?? {})) expect(name).toMatch(/^[a-zA-Z_][a-zA-Z0-9_]*$/);
    expect(one?.labels['__meta_klevr_label_x_y']).toBe('2');
  });
});
