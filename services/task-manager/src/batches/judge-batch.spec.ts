import { describe, expect, it } from '@jest/globals';
import { Batch } from '@klevr/contracts/target';
import { whyStop, type Toll } from './judge-batch.js';

const policy = (more: object = {}): Batch => Batch.parse({ size: 1, ...more });
const toll = (more: Partial<Toll> = {}): Toll => ({ failures: 0, lostHosts: [], loads: [], ...more });

describe('a task between two batches', () => {
  it('goes on where nothing is wrong', () => expect(whyStop(policy(), toll())).toBeNull());

  it('stops after so many runs that have not succeeded', () => {
    expect(whyStop(policy(), toll({ failures: 1 }))).toBe('1 of its runs have not succeeded, and it stops after 1');
    expect(whyStop(policy({ stopAfterFailures: 3 }), toll({ failures: 2 }))).toBeNull();
    expect(whyStop(policy({ stopAfterFailures: 3 }), toll({ failures: 3 }))).not.toBeNull();
  });

  it('stops after so many lost hosts, and names some of them', () => {
    expect(whyStop(policy({ stopAfterLost: 2 }), toll({ lostHosts: ['a'] }))).toBeNull();
    expect(whyStop(policy(), toll({ lostHosts: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] }))).toContain(': a, b, c, d, e and 2 more');
  });

  it('stops where a load is above the limit, if one was set', () => {
    const loads = [
      { agentId: 'a', cpuLoad: 1.5 },
      { agentId: 'b', cpuLoad: 2.25 },
      { agentId: 'c', cpuLoad: 0.1 },
    ];
    expect(whyStop(policy(), toll({ loads }))).toBeNull();
    expect(whyStop(policy({ stopAboveCpuLoad: 1.5 }), toll({ loads }))).toBe(
      'the load a processor is above 1.5 on 1 of its hosts: b (2.25)',
    );
    expect(whyStop(policy({ stopAboveCpuLoad: 1 }), toll({ loads }))).toContain('b (2.25), a (1.50)');
  });

  it('tells every reason', () => {
    expect(whyStop(policy(), toll({ failures: 2, lostHosts: ['a'] }))?.split('; ')).toHaveLength(2);
  });
});
