import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@klevr/platform/fake-clock';
import { Suspension } from './suspension.js';

const suspension = (): { clock: FakeClock; one: Suspension; did: string[] } => {
  const [clock, did] = [new FakeClock(), [] as string[]];
  const leave = (): Promise<void> => Promise.resolve(void did.push('left'));
  return { clock, did, one: new Suspension({ leave, comeBack: () => did.push('back'), clock }) };
};

describe('a host that is about to sleep', () => {
  it('says goodbye once, and is back when it is awake', async () => {
    const { clock, one, did } = suspension();
    await Promise.all([one.announce(), one.announce()]);
    expect([did, one.announced]).toEqual([['left'], true]);
    clock.sleepHost(3_600_000);
    clock.advance(1_000);
    one.end();
    one.end();
    expect([did, one.announced, clock.pendingTimers]).toEqual([['left', 'back'], false, 0]);
  });

  it('is back by itself where it never slept', async () => {
    const { clock, one, did } = suspension();
    await one.announce();
    clock.advance(29_999);
    expect(did).toEqual(['left']);
    clock.advance(1);
    expect(did).toEqual(['left', 'back']);
  });

  it('is not brought back by a signal that it did not wait for, nor after its end', async () => {
    const { clock, one, did } = suspension();
    one.end();
    expect(did).toEqual([]);
    await one.announce();
    one.stop();
    clock.advance(60_000);
    expect([did, clock.pendingTimers]).toEqual([['left'], 0]);
  });
});
