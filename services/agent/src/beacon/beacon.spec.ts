import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openBeacon, type Beacon } from './beacon.js';
import { stampView, statusView, type BeaconState } from './beacon-view.js';

const state = (changes: Partial<BeaconState> = {}): BeaconState => ({
  agentId: 'agt_me',
  zoneId: 'zone_z',
  zoneName: 'z',
  version: '1',
  session: 's',
  connected: true,
  role: { role: 'primary', epoch: 7, answeredAt: 100, stampedAt: 100 },
  key: { revision: 9, key: { agentId: 'agt_me', session: 's', epoch: 7, ready: true, stamp: 1_000 } },
  runs: [],
  unansweredFacts: 0,
  uptimeSeconds: 101,
  centreMs: 1_004_000,
  ...changes,
});

describe('the beacon', () => {
  let beacon: Beacon | undefined;
  afterEach(() => beacon?.close());

  it('calls itself primary only while it may act as one', () => {
    expect(statusView(state())).toMatchObject({
      role: 'primary',
      epoch: 7,
      stampAgeSeconds: 4,
      primary: { agentId: 'agt_me', ready: true },
    });
    expect(statusView(state({ uptimeSeconds: 116 }))).toMatchObject({ role: 'secondary' });
    expect(statusView(state({ role: { role: 'secondary', refusedEpoch: -1 }, key: undefined }))).toMatchObject({
      epoch: null,
      primary: null,
    });
  });

  it('finds a stamp healthy while it is younger than 15 s', () => {
    expect(stampView(state())).toEqual({ stamp: 1_000, ageSeconds: 4, healthy: true });
    expect(stampView(state({ centreMs: 1_015_000 }))).toMatchObject({ ageSeconds: 15, healthy: false });
    expect(stampView(state({ key: { revision: 10, key: null } }))).toEqual({ stamp: null, ageSeconds: null, healthy: false });
  });

  it('answers over HTTP, with 503 for a stamp that is not healthy', async () => {
    let now = state();
    beacon = await openBeacon({ host: '127.0.0.1', port: 0, state: () => now });
    const get = async (path: string, method = 'GET'): Promise<[number, unknown]> => {
      const response = await fetch(`${beacon?.url}${path}`, { method });
      return [response.status, await response.json()];
    };
    expect(await get('/status')).toMatchObject([200, { agentId: 'agt_me', role: 'primary' }]);
    expect(await get('/chk-stamp')).toEqual([200, { stamp: 1_000, ageSeconds: 4, healthy: true }]);
    now = state({ key: undefined });
    expect(await get('/chk-stamp?x=1')).toEqual([503, { stamp: null, ageSeconds: null, healthy: false }]);
    expect((await get('/else'))[0]).toBe(404);
    expect((await get('/status', 'POST'))[0]).toBe(405);
  });

  it('tells its metrics', async () => {
    beacon = await openBeacon({ host: '127.0.0.1', port: 0, state: () => state({ unansweredFacts: 3 }) });
    const text = await (await fetch(`${beacon.url}/metrics`)).text();
    expect(text).toContain('klevr_agent_unanswered_facts 3\n');
    expect(text).toContain('klevr_agent_primary_epoch 7\n');
    expect(text).toContain('klevr_agent_stamp_age_seconds 4\n');
  });

  it('takes the next port where its own is taken', async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) =>
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port)),
    );
    beacon = await openBeacon({ host: '127.0.0.1', port, state });
    expect(beacon.port).toBeGreaterThan(port);
    expect(beacon.url).toBe(`http://127.0.0.1:${beacon.port}`);
    taken.close();
  });
});
