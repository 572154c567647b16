import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../eventually.js';
import { KlevrSystem } from '../klevr-system.js';
import { type RunningServers, startSharedServers } from '../shared-servers.js';
import { ResumingFollower } from './resuming-follower.fixture.js';

/** On servers of its own, since they are stopped. */
describe('following events while servers and the gateway come and go', () => {
  let servers: RunningServers;
  let system: KlevrSystem;

  beforeAll(async () => {
    servers = await startSharedServers(() => undefined);
    system = await KlevrSystem.start({ servers, folder: join(servers.folder, 'system'), agents: 2, schedulers: 1 });
  }, 120_000);
  afterAll(async () => {
    await system?.stop();
    await servers?.stop();
  }, 60_000);

  it('misses and doubles nothing', async () => {
    const { api, zone } = system;
    const follower = await ResumingFollower.begin(api);
    const start = (await api.follow()).lastId;
    const change = (n: number): Promise<unknown> =>
      eventually('a change', 30_000, () => api.updateZone(zone, { labels: { change: `n${n}` } }));
    const changes = async (from: number): Promise<void> => {
      for (let n = from; n < from + 20; n++) await change(n);
    };
    await changes(0);
    await servers.restart('nats', 'killed', 500);
    await changes(20);
    await Promise.all([changes(40), system.killAndStartAgain('gateway')]);
    await changes(60);
    await servers.restart('nats', 'stopped', 500);
    await changes(80);
    // The place behind the last change, as somebody sees it who reads everything at once afterwards.
    const reader = await api.follow('', start);
    const changesIn = (events: readonly { event: string | undefined }[]): number =>
      events.filter(({ event }) => event === 'host.zoneChanged').length;
    await reader.until('all changes', () => changesIn(reader.events) >= 100, 30_000);
    await follower.stop();
    const whole = reader.events;
    const seen = follower.happened.filter(({ id }) => Number(id) > Number(start));
    expect(follower.resumed).toBeGreaterThan(0);
    expect(whole.some(({ event }) => event === 'gap')).toBe(false);
    // The follower was stopped a moment later or earlier than the reader was asked.
    const common = Math.min(whole.length, seen.length);
    expect(common).toBeGreaterThanOrEqual(100);
    expect(seen.slice(0, common)).toEqual(whole.slice(0, common));
    expect(whole.map(({ id }) => Number(id))).toEqual(whole.map((_, at) => Number(whole[0]?.id) + at));
    reader.hangUp();
  }, 180_000);
});
