import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@klevr/contracts/ids';
import { eventually } from '@klevr/testing/eventually';
import { leaseMs } from './lanes.store.js';
import { hang, Receiver, status } from './receiver.fixture.js';
import { limits } from './receiver-limits.js';
import { SenderBed } from './sender.fixture.js';

describe('the sender of callbacks', () => {
  let bed: SenderBed;

  beforeAll(async () => {
    bed = await SenderBed.open();
  }, 60_000);
  afterAll(() => bed.close(), 90_000);
  beforeEach(() => bed.renew());

  it('sends what belongs together in order: the later waits until the earlier is delivered or has failed', async () => {
    const path = await bed.answerWith(status(500));
    for (let count = 0; count < 3; count++) await bed.tell(['agt_1']);
    await bed.tried(1);
    await bed.tell(['agt_2']);
    await eventually('the other host', 5_000, async () => ((await bed.deliveries())[0]?.state === 'delivered' ? true : undefined));
    const [, third, second, first] = await bed.deliveries();
    expect([first?.attempts, second?.attempts, third?.attempts]).toEqual([1, 0, 0]);
    expect([second?.nextAt, third?.nextAt]).toEqual([null, null]);
    bed.receiver.answers.set(path, [status(410)]);
    await bed.passTo(await bed.tried(1).then(() => bed.delivery('the first', ({ id }) => id === first?.id)));
    await eventually('the third', 5_000, async () => ((await bed.deliveries())[1]?.state === 'delivered' ? true : undefined));
    expect((await bed.deliveries()).map(({ state }) => state)).toEqual(['delivered', 'delivered', 'delivered', 'failed']);
    const ids = bed.receiver.at(path).map(({ headers }) => headers['webhook-id']);
    expect(ids.filter((id) => id === first?.id || id === second?.id || id === third?.id)).toEqual([
      ...[first?.id, first?.id, second?.id, third?.id],
    ]);
  }, 20_000);

  it('sends again what was delivered or has failed, in its place in the order', async () => {
    const path = await bed.answerWith(status(410));
    await bed.tell(['agt_1']);
    const { id } = await bed.delivery('failed', (one) => one.state === 'failed');
    bed.receiver.answers.set(path, [status(204), status(500)]);
    const again = await bed.log.redeliver({ id }, undefined, bed.now);
    expect(again).toMatchObject({ id, state: 'due', attempts: 1, nextAt: bed.now.toISOString(), endedAt: null });
    await expect(bed.log.redeliver({ id }, undefined, bed.now)).rejects.toMatchObject({ code: 'WRONG_STATE' });
    bed.sender.wake();
    expect(await bed.delivery('delivered', (one) => one.state === 'delivered')).toMatchObject({ id, attempts: 2 });
    await bed.tell(['agt_1']);
    const waiting = await bed.delivery('a failed try', (one) => one.state === 'due' && one.attempts === 1);
    await bed.log.redeliver({ id }, undefined, bed.now);
    bed.sender.wake();
    expect(await bed.delivery('delivered again', (one) => one.id === id && one.attempts === 3)).toMatchObject({ state: 'delivered' });
    expect(await bed.delivery('the other', (one) => one.id === waiting.id)).toMatchObject({ attempts: 1, nextAt: waiting.nextAt });
  }, 20_000);

  it('answers the same to a repeated request to send again', async () => {
    await bed.answerWith();
    await bed.tell(['agt_1']);
    const { id } = await bed.tried(1);
    const idempotency = { key: newId('message'), scope: 'redeliver', digest: 'd' };
    const first = await bed.log.redeliver({ id }, idempotency, bed.now);
    expect(await bed.log.redeliver({ id }, idempotency, bed.now)).toEqual(first);
  });

  it('sends again with the same id what was answered and not recorded, and not before its lease is over', async () => {
    const path = await bed.answerWith();
    await bed.sender.stop();
    await bed.tell(['agt_1']);
    const [due] = await bed.lanes.receivers();
    const [leased] = await bed.lanes.lease([{ receiver: due?.receiver ?? '', limit: 1 }], bed.now);
    if (leased === undefined) throw new Error('nothing is due');
    expect(await bed.lanes.lease([{ receiver: leased.receiver, limit: 1 }], bed.now)).toEqual([]);
    bed.clock.advance(leaseMs);
    const [taken] = await bed.lanes.lease([{ receiver: leased.receiver, limit: 1 }], bed.now);
    expect(taken).toMatchObject({ lane: leased.lane, due: [{ id: leased.due[0]?.id, attempts: 0 }] });
    expect(bed.receiver.at(path)).toEqual([]);
    // The one who comes back has lost the lane.
    await bed.settle(leased, { step: 'failed' });
    expect(await bed.deliveries()).toMatchObject([{ state: 'due', attempts: 0 }]);
    if (taken !== undefined) await bed.settle(taken, { step: 'delivered' });
    expect(await bed.deliveries()).toMatchObject([{ state: 'delivered', attempts: 1 }]);
    expect(await bed.lanes.receivers()).toEqual([]);
  });

  it('stops without waiting for who does not answer, and leaves what it cut to whoever comes next', async () => {
    const path = await bed.answerWith(hang);
    await bed.tell(['agt_1']);
    await bed.receiver.on(path, 1);
    const stopped = bed.sender.stop();
    await bed.clock.advanceAsync(3_000);
    await stopped;
    expect(await bed.deliveries()).toMatchObject([{ state: 'due', attempts: 0 }]);
    bed.clock.advance(leaseMs);
    bed.startAnother();
    expect(await bed.tried(1)).toMatchObject({ state: 'delivered' });
  });

  it('keeps the last 20 tries', async () => {
    await bed.answerWith();
    await bed.sender.stop();
    await bed.tell(['agt_1']);
    for (let count = 1; count <= 25; count++) {
      const [due] = await bed.lanes.receivers();
      const [lane] = await bed.lanes.lease([{ receiver: due?.receiver ?? '', limit: 1 }], bed.now);
      if (lane === undefined) throw new Error('nothing is due');
      await bed.settle(lane, { step: 'retry', at: bed.now }, count);
    }
    const [one] = await bed.deliveries();
    expect(one?.attempts).toBe(25);
    expect(one?.tries.map(({ durationMs }) => durationMs)).toEqual(Array.from({ length: 20 }, (_, index) => index + 6));
  }, 20_000);

  it('does not let a receiver that hangs hold up another', async () => {
    const other = await Receiver.start();
    try {
      other.usual = hang;
      await bed.subscribe(`${other.origin}/hangs`, 'host.left');
      await bed.tell(
        Array.from({ length: 1_000 }, (_, index) => `agt_${index}`),
        'host.left',
      );
      await other.on('/hangs', limits.first);
      const path = await bed.answerWith();
      const startedAt = performance.now();
      await bed.tell(Array.from({ length: 20 }, (_, index) => `agt_${index}`));
      await bed.receiver.on(path, 20);
      expect(performance.now() - startedAt).toBeLessThan(1_000);
      expect(other.at('/hangs')).toHaveLength(limits.first);
    } finally {
      other.stop();
    }
  }, 20_000);
});
