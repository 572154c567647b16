import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@klevr/platform/fake-clock';
import { ApprovalWaits } from './approval-waits.js';

const never = new AbortController().signal;

describe('waits for approval', () => {
  const make = (limit = 10): { clock: FakeClock; waits: ApprovalWaits } => {
    const clock = new FakeClock();
    return { clock, waits: new ApprovalWaits(clock, limit) };
  };

  it('end at once when the agent is told of, and for no other agent', async () => {
    const { clock, waits } = make();
    const [mine, other] = [waits.listen('a').until(60_000, never), waits.listen('b').until(60_000, never)];
    waits.tell('a');
    expect(await mine).toBe('told');
    expect(waits.size).toBe(1);
    clock.advance(60_000);
    expect(await other).toBe('timeOver');
    expect([waits.size, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('hear what happened before the waiting itself began', async () => {
    const { waits } = make();
    const wait = waits.listen('a');
    waits.tell('a');
    expect(await wait.until(60_000, never)).toBe('told');
  });

  it('free their place when the caller hangs up', async () => {
    const { clock, waits } = make(1);
    const hangUp = new AbortController();
    const waiting = waits.listen('a').until(60_000, hangUp.signal);
    hangUp.abort();
    expect(await waiting).toBe('hungUp');
    expect([waits.size, clock.pendingTimers]).toEqual([0, 0]);
    expect(await waits.listen('a').until(60_000, hangUp.signal)).toBe('hungUp');
  });

  it('are so many and no more', async () => {
    const { clock, waits } = make(2);
    const held = ['a', 'b'].map((agent) => waits.listen(agent).until(1_000, never));
    await expect(waits.listen('c').until(1_000, never)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    clock.advance(1_000);
    await Promise.all(held);
    const next = waits.listen('c').until(1_000, never);
    clock.advance(1_000);
    expect(await next).toBe('timeOver');
  });

  it('are a few for each agent', async () => {
    const { clock, waits } = make(100);
    const held = Array.from({ length: 4 }, () => waits.listen('a').until(1_000, never));
    await expect(waits.listen('a').until(1_000, never)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    clock.advance(1_000);
    await Promise.all(held);
    expect(waits.size).toBe(0);
  });

  it('all end when this process stops, and none begins', async () => {
    const { waits } = make();
    const held = ['a', 'b'].map((agent) => waits.listen(agent).until(1_000, never));
    const late = waits.listen('c');
    waits.stop();
    expect(await Promise.all(held)).toEqual(['told', 'told']);
    expect(await late.until(1_000, never)).toBe('told');
    await expect(waits.listen('d').until(1_000, never)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('leave nothing behind once they are done', () => {
    const { waits } = make();
    const [one, two] = [waits.listen('a'), waits.listen('a')];
    one.done();
    two.done();
    one.done();
    expect(waits.listened).toBe(0);
  });
});
