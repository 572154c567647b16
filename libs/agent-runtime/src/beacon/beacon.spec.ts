import { connect, createServer } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { AppError } from '@klevr/contracts/errors';
import { openBeacon, type Beacon } from './beacon.js';
import { conditionOf, earlyState, stampView, statusView, type BeaconState } from './beacon-view.js';

const state = (changes: Partial<BeaconState> = {}): BeaconState => ({
  agentId: 'agt_me',
  zoneId: 'zone_z',
  zoneName: 'z',
  condition: 'online',
  detail: null,
  drained: false,
  session: 's',
  connected: true,
  role: { role: 'primary', epoch: 7, answeredAt: 100, stampedAt: 100 },
  key: { revision: 9, key: { agentId: 'agt_me', session: 's', epoch: 7, ready: true, stamp: 1_000 } },
  opinion: null,
  runs: [],
  unansweredFacts: 0,
  counts: { reconnects: 2, runsEnded: { succeeded: 4 } },
  uptimeSeconds: 101,
  centreMs: 1_004_000,
  ...changes,
});

/** What comes back for these bytes until the other side ends the connection. */
const raw = (port: number, bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
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
    expect(stampView(state())).toEqual({ agentId: 'agt_me', stamp: 1_000, ageSeconds: 4, healthy: true });
    expect(stampView(state({ centreMs: 1_015_000 }))).toMatchObject({ ageSeconds: 15, healthy: false });
    expect(stampView(state({ key: { revision: 10, key: null } }))).toEqual({
      agentId: 'agt_me',
      stamp: null,
      ageSeconds: null,
      healthy: false,
    });
  });

  it('answers over HTTP, with 503 for a stamp that is not healthy', async () => {
    let now = state();
    beacon = await openBeacon({ host: '127.0.0.1', port: 0, state: () => now });
    const get = async (path: string, method = 'GET'): Promise<[number, unknown]> => {
      const response = await fetch(`${beacon?.url}${path}`, { method });
      return [response.status, await response.json()];
    };
    expect(await get('/status')).toMatchObject([200, { agentId: 'agt_me', role: 'primary' }]);
    expect(await get('/chk-stamp')).toEqual([200, { agentId: 'agt_me', stamp: 1_000, ageSeconds: 4, healthy: true }]);
    now = state({ key: undefined });
    expect(await get('/chk-stamp?x=1')).toEqual([503, { agentId: 'agt_me', stamp: null, ageSeconds: null, healthy: false }]);
    expect((await get('/else'))[0]).toBe(404);
  });

  it('refuses what it has no use for, and reads none of it', async () => {
    beacon = await openBeacon({ host: '127.0.0.1', port: 0, state });
    const url = `${beacon.url}/status`;
    const posted = await fetch(url, { method: 'POST', body: 'x' });
    expect([posted.status, posted.headers.get('allow'), posted.headers.get('connection')]).toEqual([405, 'GET, HEAD', 'close']);
    expect((await fetch(`${beacon.url}/${'x'.repeat(20_000)}`)).status).toBe(431);
    expect(await raw(beacon.port, 'GET /status HTTP/1.1\r\nhost: x\r\ncontent-length: 9999999\r\n\r\n')).toMatch(/^HTTP\/1.1 413 /);
    expect(await raw(beacon.port, 'GET /status HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n')).toMatch(/^HTTP\/1.1 413 /);
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('says what it is while it has no session', () => {
    const times = { uptimeSeconds: 1, centreMs: 1 };
    const identity = { agentId: 'agt_me', zoneId: 'zone_z', zoneName: 'z', userJwt: null };
    expect(statusView(earlyState(undefined, times))).toMatchObject({ state: 'enrolling', agentId: null, role: 'secondary', session: null });
    expect(statusView(earlyState(identity, times))).toMatchObject({ state: 'pending', agentId: 'agt_me' });
    expect(statusView(earlyState({ ...identity, userJwt: 'x' }, times))).toMatchObject({ state: 'connecting' });
    const well = { connected: true, refused: undefined, suspending: false, stopping: false };
    expect(conditionOf(well)).toEqual({ condition: 'online', detail: null });
    expect(conditionOf({ ...well, refused: new AppError('CLONE_REFUSED', 'two of you') })).toEqual({
      condition: 'clone',
      detail: 'two of you',
    });
    expect(conditionOf({ ...well, refused: new AppError('NOT_FOUND', 'who?') })).toEqual({ condition: 'refused', detail: 'who?' });
    expect(conditionOf({ ...well, connected: false }).condition).toBe('disconnected');
    expect(conditionOf({ ...well, suspending: true }).condition).toBe('suspending');
    expect(conditionOf({ ...well, suspending: true, stopping: true }).condition).toBe('stopping');
  });

  it('tells its metrics', async () => {
    beacon = await openBeacon({ host: '127.0.0.1', port: 0, state: () => state({ unansweredFacts: 3 }) });
    const text = await (await fetch(`${beacon.url}/metrics`)).text();
    expect(text).toContain('klevr_agent_unanswered_facts 3\n');
    expect(text).toContain('klevr_agent_primary_epoch 7\n');
    expect(text).toContain('klevr_agent_stamp_age_seconds 4\n');
    expect(text).toContain('klevr_agent_reconnects_total 2\n');
    expect(text).toContain('klevr_agent_runs_ended_total{outcome="succeeded"} 4\n');
    for (const name of ['event_loop_utilization', 'cpu_seconds', 'heap_used_bytes', 'resident_memory_bytes']) {
      expect(text).toMatch(new RegExp(`^klevr_agent_${name} [0-9.e-]+$`, 'm'));
    }
  });

  it('tells metrics of the host, as they are at each asking', async () => {
    beacon = await openBeacon({ host: '127.0.0.1', port: 0, state });
    const scrape = async (): Promise<string> => (await fetch(`${beacon?.url}/metrics`)).text();
    const first = await scrape();
    for (const series of [
      ...['uptime_seconds', 'cpus', 'load{minutes="15"}', 'cpu_seconds_total{mode="idle"}', 'memory_bytes{kind="available"}'],
      ...['disk_size_bytes{mount="/"}', 'disk_free_bytes{mount="/"}'],
    ]) {
      expect(first).toContain(`\nklevr_host_${series} `);
    }
    const idleOf = (text: string): number => Number(/^klevr_host_cpu_seconds_total\{mode="idle"\} (\S+)$/m.exec(text)?.[1]);
    const [before, after] = [idleOf(first), idleOf(await scrape())];
    expect(after).toBeGreaterThanOrEqual(before);
    expect(after).toBeLessThan(1.5 * before);
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
