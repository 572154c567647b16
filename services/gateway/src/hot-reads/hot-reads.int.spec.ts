import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hostsChangedSubject, schedulerRpc } from '@klevr/contracts/scheduler-contracts';
import type { Bus } from '@klevr/messaging/bus';
import { eventually } from '@klevr/testing/eventually';
import { GatewayBed } from '../gateway.fixture.js';
import { agent, ids } from '../samples.fixture.js';

describe('reads of zones and hosts', () => {
  let gateway: GatewayBed;
  let scheduler: Bus;
  beforeAll(async () => {
    gateway = await GatewayBed.open();
    await gateway.start();
    await gateway.signIn();
    scheduler = await gateway.bed.serviceBus('scheduler');
  }, 60_000);
  afterAll(() => gateway.close(), 90_000);

  const path = `/api/v1/agents/${ids.agent}`;
  const version = async (): Promise<string> => ((await gateway.send('GET', path)).json as { version: string }).version;
  const asked = (): number => gateway.timesAsked(schedulerRpc.getAgent, { id: ids.agent });

  it('are answered from memory until something changes, and then anew', async () => {
    gateway.answer(schedulerRpc.getAgent, () => ({ ...agent, version: '1' }));
    const first = await gateway.send('GET', path);
    await eventually('it is answered from memory', 10_000, async () => {
      const before = asked();
      const again = await gateway.send('GET', path);
      expect([again.text, again.headers.get('etag'), again.headers.get('content-type')]).toEqual([
        first.text,
        first.headers.get('etag'),
        first.headers.get('content-type'),
      ]);
      return asked() === before ? true : undefined;
    });
    gateway.answer(schedulerRpc.getAgent, () => ({ ...agent, version: '2' }));
    scheduler.publish(hostsChangedSubject, 'changed.hosts', { zoneId: ids.zone });
    await scheduler.flush();
    await eventually('the change is seen', 10_000, async () => ((await version()) === '2' ? true : undefined));
  });

  it('are not answered from memory to somebody else, nor to one who has signed out', async () => {
    const other = await gateway.signIn();
    await version();
    expect((await gateway.send('GET', path, { token: '' })).status).toBe(401);
    expect((await gateway.send('DELETE', '/api/v1/sessions/current', { token: other })).status).toBe(204);
    expect((await gateway.send('GET', path, { token: other })).status).toBe(401);
  });
});
