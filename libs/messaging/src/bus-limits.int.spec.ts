import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { SecuredNats } from './auth/secured-nats.fixture.js';

describe('a NATS server that takes too small messages', () => {
  let nats: SecuredNats;
  beforeAll(async () => {
    nats = await SecuredNats.start({ maxPayloadBytes: 1024 * 1024 });
  }, 60_000);
  afterAll(() => nats.stop(), 30_000);

  it('is refused by a service, which says what to change', async () => {
    await expect(nats.serviceBus('task-manager')).rejects.toThrow(
      /takes messages of 1048576 bytes at most, Klevr needs 8388608: set `max_payload: 8MB` in its configuration/,
    );
  });

  it('is used by an agent all the same, which knows of it', async () => {
    const bus = await nats.agentBus(await nats.newAgent(newId('zone')));
    expect([bus.connected, bus.limitFault?.name]).toEqual([true, 'PayloadLimitError']);
  });
});

describe('a connection that is let go', () => {
  let nats: SecuredNats;
  beforeAll(async () => {
    nats = await SecuredNats.start();
  }, 60_000);
  afterAll(() => nats.stop(), 30_000);

  it('answers nothing any more, and that is no fault of the handler that comes late', async () => {
    const bus = await nats.serviceBus('task-manager');
    const drained = bus.drain();
    expect(bus.respond('_INBOX.svc.gateway.late', { ok: true })).toBe(false);
    await drained;
  });
});
