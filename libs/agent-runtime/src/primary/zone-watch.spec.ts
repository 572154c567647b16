import { describe, expect, it } from '@jest/globals';
import { ZoneWatch } from './zone-watch.js';

describe('the watch over a zone', () => {
  it('tells once of an agent before it has been silent for three heartbeats, and once of its return', () => {
    const watch = new ZoneWatch();
    expect(watch.heard('a', 's', 0)).toBeUndefined();
    expect(watch.fallenSilent(10, 27)).toEqual([]);
    expect(watch.fallenSilent(10, 28)).toEqual([{ agentId: 'a', session: 's', state: 'silent', lastHeardMsAgo: 28_000 }]);
    expect(watch.fallenSilent(10, 29)).toEqual([]);
    expect(watch.heard('a', 's2', 33)).toEqual({ agentId: 'a', session: 's2', state: 'heard', lastHeardMsAgo: 0 });
    expect(watch.heard('a', 's2', 34)).toBeUndefined();
  });

  it('tells the load of each, as it was heard last, with everybody and not with changes', () => {
    const watch = new ZoneWatch();
    watch.heard('a', 's', 0, 0.25);
    watch.heard('a', 's', 1, 1.5);
    watch.heard('b', 's', 1);
    expect(watch.all(1)).toEqual([
      { agentId: 'a', session: 's', state: 'heard', lastHeardMsAgo: 0, cpuLoad: 1.5 },
      { agentId: 'b', session: 's', state: 'heard', lastHeardMsAgo: 0 },
    ]);
    expect(watch.fallenSilent(1, 100)).toHaveLength(2);
    expect(watch.heard('a', 's', 101, 9)).toEqual({ agentId: 'a', session: 's', state: 'heard', lastHeardMsAgo: 0 });
  });

  it('tells of everybody it has heard in the last hour', () => {
    const watch = new ZoneWatch();
    watch.heard('old', 's', 0);
    watch.heard('new', 's', 3_600);
    watch.fallenSilent(10, 3_601);
    expect(watch.all(3_601)).toEqual([{ agentId: 'new', session: 's', state: 'heard', lastHeardMsAgo: 1_000 }]);
  });
});
